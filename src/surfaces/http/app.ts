// One HTTP application in front of the dispatcher; a surface has one for each listener, which differ in how they know their callers.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fastify } from 'fastify';
import { CodeError } from '../../base/errors.ts';
import type { Operation } from '../../operations/operation.ts';
import type { DocumentLimits } from '../../platform/guard/document/json.ts';
import { parseJson } from '../../platform/guard/document/json.ts';
import { Budget, heardOut, jsonLimit, listingBudget } from './body.ts';
import { harden, refuseAmbiguous } from './headers.ts';
import type { ServerTls } from './listener.ts';
import { createListener } from './listener.ts';
import type { Mount } from './mount.ts';
import { addMount } from './mount.ts';
import type { Page } from './pages.ts';
import { problemOfThrown, problemType } from './problem.ts';
import type { RouteContext } from './routes.ts';
import { addOperationRoutes } from './routes.ts';

export interface AppOptions {
  readonly catalogue: readonly Operation[];
  readonly context: Omit<RouteContext, 'budget'>;
  /** Throws to turn a request away before anything else is looked at. */
  readonly admit: (request: FastifyRequest) => void;
  /** Pages that need no operation: `/healthz`, `/metrics`, … */
  readonly pages: Readonly<Record<string, Page>>;
  readonly mounts: readonly Mount[];
  /** Told about failures that are ours. */
  readonly failed: (request: FastifyRequest, thrown: unknown) => void;
  /** Absent: without TLS. */
  readonly tls?: ServerTls | undefined;
}

export function createApp({ catalogue, context, admit, pages, mounts, failed, tls }: AppOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: jsonLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    serverFactory: (handle) => createListener(handle, tls),
    // The listener answers what is no HTTP by itself; two answers would be one too many.
    clientErrorHandler: () => undefined,
    // Hooks do not run for an address that cannot be read, so its sender is looked at here.
    frameworkErrors: (thrown, request, reply) => {
      harden(request, reply.raw);
      void refuse(request, reply, refusalOf(admit, request) ?? thrown);
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    harden(request, reply.raw);
    refuseAmbiguous(request, reply.raw);
    admit(request);
  });
  // What an operation left unread is passed over, or the connection's next request would never be read.
  app.addHook('onResponse', async ({ raw }) => void (raw.complete || raw.resume()));
  readBodies(app);
  const budgeted = { ...context, budget: new Budget(listingBudget) };
  addOperationRoutes(app, catalogue, budgeted);
  for (const mount of mounts) addMount(app, mount, budgeted);
  for (const [path, { answer, asks }] of Object.entries(pages)) {
    const onRequest = async (request: FastifyRequest) => {
      const credential = context.credential(request);
      if (asks && credential.kind !== 'local') await context.dispatcher.authorisePage(asks, credential);
    };
    app.get(path, { onRequest }, async (_, reply) => answer(reply));
  }
  app.setNotFoundHandler(async (request, reply) => notFound(app, request, reply));
  app.setErrorHandler(async (thrown, request, reply) => {
    const { status } = problemOfThrown(thrown);
    if (status === 500) failed(request, thrown);
    if (request.headers['content-type'] === rawType && !unheard.has(status)) await heardOut(request.raw);
    return refuse(request, reply, thrown);
  });
  return app;
}

function refuse(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const problem = problemOfThrown(thrown);
  // What is left of a refused content must not be taken for the next request, nor be waited for.
  if (!request.raw.complete) void reply.header('connection', 'close');
  if (problem.status !== 401) void reply.removeHeader('www-authenticate');
  else if (!reply.hasHeader('www-authenticate')) void reply.header('www-authenticate', 'Bearer');
  if (problem.status === 429) void reply.header('retry-after', String(secondsUntil(problem.details)));
  return reply.code(problem.status).type(problemType).send(JSON.stringify(problem));
}

/** Whole ones, as the header has them; where it is not known when it is worth while, a few. */
function secondsUntil(details: Readonly<Record<string, unknown>> = {}): number {
  const wait = details['retry_after_ms'];
  return typeof wait === 'number' ? Math.max(1, Math.ceil(wait / 1_000)) : 3;
}

function refusalOf(admit: AppOptions['admit'], request: FastifyRequest): unknown {
  try {
    admit(request);
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

const rawType = 'application/octet-stream';
/** Who may not ask is cut off at once. */
const unheard: ReadonlySet<number> = new Set([401, 403, 429]);

/** The size is limited where it is received, for each operation; the largest listing has 200,000 entries of five members. */
const jsonShape: DocumentLimits = { size: Number.POSITIVE_INFINITY, depth: 32, values: 2_000_000 };

/** JSON is read whole; anything else is left in the request for operations that take raw content. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_: FastifyRequest, text: string) =>
    text === '' ? undefined : parseJson(text, jsonShape, "The request's content"),
  );
  app.addContentTypeParser(rawType, (_, __, done) => done(null));
}

async function notFound(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const path = request.url.split('?')[0] ?? '';
  const allowed = (['GET', 'POST'] as const).filter((method) => app.hasRoute({ method, url: path }));
  const problem = problemOfThrown(
    allowed.length === 0
      ? new CodeError('operation_unknown', `There is nothing at ${path}.`, { hint: 'GET /v1/openapi.json lists all there is.' })
      : new CodeError('operation_unknown', `${path} does not take ${request.method}.`, { hint: `Use ${allowed.join(' or ')}.` }),
  );
  if (allowed.length === 0) return reply.code(404).type(problemType).send(JSON.stringify(problem));
  const refused = { ...problem, status: 405, title: 'Method Not Allowed' };
  return reply.code(405).header('allow', allowed.join(', ')).type(problemType).send(JSON.stringify(refused));
}
