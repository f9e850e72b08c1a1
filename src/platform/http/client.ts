// A client for the daemon's API on node:http: over the unix socket of this machine, or to a URL with a token.
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asCodeError, CodeError, systemErrorCode } from '../../base/errors.ts';
import { Agent, request as plainRequest, secureRequest } from '../node-http.ts';
import { problemError, readJsonLines } from './answer.ts';
import type { Query } from './query.ts';
import { queryText } from './query.ts';

export type Endpoint =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string; readonly token?: string; readonly tls?: ClientTls };

/** PEM: whom an https URL is believed from (absent: whom all programs believe), and who asks. */
export interface ClientTls {
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** `/v1/apps.status` */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, instead of `json`. */
  readonly content?: AsyncIterable<Uint8Array>;
  readonly idempotencyKey?: string;
  readonly signal: AbortSignal;
}

/**
 * Errors of both: what the API says in its problem document, with the same code; `daemon_unavailable` when nobody answers or the
 * connection breaks (`details.reached` tells which: true means that the request may have been carried out). An abort rejects with its reason.
 */
export interface ApiClient {
  json(request: ApiRequest): Promise<unknown>;
  /** Each line of a JSON-lines answer, as it comes. */
  lines(request: ApiRequest): AsyncGenerator;
  /** Closes idle connections. */
  close(): void;
}

/** `run`: calls are made for a program that decides by itself, in its conversation of that name. */
export function createApiClient(endpoint: Endpoint, run?: string): ApiClient {
  const plain = targetOf(endpoint);
  const target = run === undefined ? plain : { ...plain, headers: { ...plain.headers, 'code-run': run } };
  // Connections are kept for uploads only: they come in thousands, while a kept one that the daemon has closed meanwhile fails a call.
  const kept = new Agent({ keepAlive: true, maxSockets: 8 });
  return {
    json: async (request) => {
      const response = await send(target, kept, request);
      const text = await readText(response, target, request.signal);
      if (text === '') return undefined;
      return JSON.parse(text);
    },
    lines: async function* lines(request) {
      const response = await send(target, kept, request);
      try {
        yield* readJsonLines(response);
      } catch (thrown) {
        throw brokenError(thrown, target, request.signal);
      } finally {
        response.destroy();
      }
    },
    close: () => kept.destroy(),
  };
}

interface Target {
  /** For messages. */
  readonly name: string;
  readonly request: (options: RequestOptions) => ClientRequest;
  readonly where: Pick<RequestOptions, 'host' | 'port' | 'socketPath'> & ClientTls;
  readonly prefix: string;
  readonly tls: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly hint: string;
}

function targetOf(endpoint: Endpoint): Target {
  if (endpoint.kind === 'socket') {
    const where = { socketPath: endpoint.path };
    return {
      name: endpoint.path,
      request: plainRequest,
      where,
      prefix: '',
      tls: false,
      headers: {},
      hint: 'Run "codectl up" to start it.',
    };
  }
  const url = new URL(endpoint.url);
  const tls = url.protocol === 'https:';
  return {
    name: url.origin,
    request: tls ? secureRequest : plainRequest,
    where: { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port) || (tls ? 443 : 80), ...endpoint.tls },
    prefix: url.pathname.replace(/\/$/, ''),
    tls,
    headers: { host: url.host, ...(endpoint.token === undefined ? {} : { authorization: `Bearer ${endpoint.token}` }) },
    hint: 'Check --host, and that the daemon runs there.',
  };
}

/** Resolves with an answer of status 2xx, whose content is not read yet. */
type KeptConnections = InstanceType<typeof Agent>;

async function send(target: Target, kept: KeptConnections, ask: ApiRequest): Promise<IncomingMessage> {
  const text = ask.json === undefined ? undefined : Buffer.from(JSON.stringify(ask.json));
  const call = target.request(optionsOf(target, kept, ask, text));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    call.once('response', resolve);
    call.on('error', reject);
  });
  let response: IncomingMessage;
  if (ask.content) response = await deliver(ask.content, call, answered, (thrown) => brokenError(thrown, target, ask.signal));
  else {
    call.end(text);
    response = await answered.catch((thrown: unknown) => {
      throw brokenError(thrown, target, ask.signal);
    });
  }
  const { statusCode = 500 } = response;
  if (statusCode < 300) return response;
  throw problemError(statusCode, await readText(response, target, ask.signal), target.name);
}

function optionsOf(target: Target, kept: KeptConnections, ask: ApiRequest, text: Buffer | undefined): RequestOptions {
  const headers: Record<string, string | number> = { ...target.headers, accept: accepted };
  if (ask.idempotencyKey !== undefined) headers['idempotency-key'] = ask.idempotencyKey;
  if (ask.content) headers['content-type'] = 'application/octet-stream';
  if (text) Object.assign(headers, { 'content-type': 'application/json', 'content-length': text.length });
  const path = `${target.prefix}${ask.path}${queryText(ask.query)}`;
  return {
    ...secured(target.where),
    method: ask.method,
    path,
    agent: ask.content && !target.tls ? kept : false,
    headers,
    signal: ask.signal,
  };
}

/** Node's type wants a list that it may change. */
function secured({ ca, ...where }: Target['where']): RequestOptions {
  return { ...where, ...(ca && { ca: [...ca] }) };
}

/** An answer may come before everything was sent; then it counts, not that sending failed. A failure of the content itself is thrown as it is. */
async function deliver(
  content: AsyncIterable<Uint8Array>,
  call: ClientRequest,
  answered: Promise<IncomingMessage>,
  explain: (thrown: unknown) => unknown,
): Promise<IncomingMessage> {
  let ours: { readonly thrown: unknown } | undefined;
  const watched = async function* () {
    try {
      yield* content;
    } catch (thrown) {
      ours = { thrown };
      throw thrown;
    }
  };
  const sent = pipeline(Readable.from(watched(), { objectMode: false }), call);
  sent.catch(() => undefined);
  try {
    return await answered;
  } catch (thrown) {
    throw ours ? ours.thrown : explain(thrown);
  }
}

async function readText(response: IncomingMessage, target: Target, signal: AbortSignal): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } catch (thrown) {
    throw brokenError(thrown, target, signal);
  }
}

/** Codes that say that nothing was ever listening there. */
const unreached: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOTSOCK',
  'EHOSTUNREACH',
]);
const accepted = 'application/json, application/x-ndjson, application/problem+json';

/** Codes with which TLS says that it does not believe who answers. */
const unbelieved = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT)/;
const notLetIn = /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|CERTIFICATE_(?:EXPIRED|REVOKED|UNKNOWN)|UNKNOWN_CA/;

/** `undefined`: it is nothing about certificates. */
function distrust(code: string, thrown: unknown, { name }: Target): CodeError | undefined {
  const details = { reached: false };
  if (unbelieved.test(code))
    return new CodeError('daemon_unavailable', `What answers at ${name} is not believed: ${asCodeError(thrown).message}.`, {
      hint: 'Add the authority of that engine (tls/ca.pem in its home) to the file of --token-file, or check --host.',
      details,
      cause: thrown,
    });
  if (notLetIn.test(code))
    return new CodeError('unauthenticated', `${name} lets in clients with a certificate of its own only.`, {
      hint: 'Make one where the daemon runs, with "codectl token certify", and name its file with --token-file.',
      details,
      cause: thrown,
    });
  return undefined;
}

function brokenError(thrown: unknown, target: Target, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (thrown instanceof CodeError) return thrown;
  const code = systemErrorCode(thrown);
  const refused = target.tls ? distrust(code ?? '', thrown, target) : undefined;
  if (refused) return refused;
  const reached = !unreached.has(code) && code !== 'EACCES';
  const message =
    code === 'EACCES'
      ? `You may not connect to ${target.name}: it belongs to another user.`
      : reached
        ? `The connection to the daemon at ${target.name} broke (${code ?? asCodeError(thrown).message}).`
        : `No daemon answers at ${target.name}.`;
  return new CodeError('daemon_unavailable', message, { hint: target.hint, details: { reached }, cause: thrown });
}
