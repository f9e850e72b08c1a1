// A protocol with addresses and contents of its own below one path, behind the same door: who may reach it, how much is read, what is counted.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asCodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { Audience, Principal } from '../../model/principal.ts';
import { nobody } from '../../operations/caller.ts';
import type { Credential } from '../../operations/dispatch.ts';
import { jsonLimit } from './body.ts';
import { addProtected, challengeFor } from './protected.ts';
import type { RouteContext } from './routes.ts';
import { bytesOf } from './routes.ts';

export interface Mount {
  /** `/mcp`: this address and all below it. */
  readonly path: string;
  /** At which door whoever is heard there stands. */
  readonly audience: Audience;
  /** The operation that a caller must be allowed to be heard at all. */
  readonly asks: string;
  answer(request: Request, call: MountCall): Promise<Response>;
  close(): Promise<void>;
}

export interface MountCall {
  readonly credential: Credential;
  readonly principal: Principal;
  /** The request's content, parsed and within the guards' bounds. */
  readonly content: unknown;
  /** Counts an operation that was called on behalf of it; `result` is `ok` or an error's code. */
  record(operation: string, result: string, took: Duration): void;
}

export function addMount(app: FastifyInstance, mount: Mount, { dispatcher, credential, meter, budget }: RouteContext): void {
  const shown = (request: FastifyRequest): Credential => {
    const one = credential(request);
    return one.kind === 'bearer' || one.kind === 'certificate' ? { ...one, at: mount.audience } : one;
  };
  const heard = new WeakMap<FastifyRequest, Principal>();
  addProtected(app, mount.path);
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const started = performance.now();
    try {
      heard.set(request, (await dispatcher.authorise(mount.asks, shown(request))).principal);
    } catch (thrown) {
      meter.record(mount.path, asCodeError(thrown).code, performance.now() - started);
      void reply.header('www-authenticate', challengeFor(request));
      throw thrown;
    }
    if (!reply.raw.closed) reply.raw.once('close', budget.reserve(bytesOf(request, jsonLimit)));
  };
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<Response> =>
    mount.answer(webRequestOf(request, reply), {
      credential: shown(request),
      principal: heard.get(request) ?? nobody,
      content: request.body,
      record: (operation, result, took) => meter.record(operation, result, took),
    });
  for (const url of [mount.path, `${mount.path}/*`])
    app.route({ method: ['GET', 'POST', 'DELETE'], url, bodyLimit: jsonLimit, onRequest, handler });
}

/** These are about a connection or a content that the protocol does not see. */
const ours: ReadonlySet<string> = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** As `fetch` would have it; the content is given apart. Aborted when the caller leaves before the answer is whole. */
function webRequestOf({ headers, method, url }: FastifyRequest, { raw }: FastifyReply): Request {
  const left = new AbortController();
  raw.once('close', () => raw.writableFinished || left.abort());
  const fields = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || ours.has(name) ? [] : [value].flat().map((one) => [name, one]),
  );
  return new Request(new URL(url, 'http://localhost'), { method, headers: fields, signal: left.signal });
}
