// One route for each operation, made from the catalogue; nothing here knows any operation by name but the alias for events.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { Bytes, Duration } from '../../base/units.ts';
import type { Call, Credential, Dispatcher, Pass } from '../../operations/dispatch.ts';
import type { Operation } from '../../operations/operation.ts';
import { methodOf } from '../../operations/operation.ts';
import type { Budget } from './body.ts';
import { binaryLimit, jsonLimit, limited, tooLarge } from './body.ts';
import type { Meter } from './metrics.ts';
import type { StreamFormat } from './stream.ts';
import { sendStream, streamTypes } from './stream.ts';

/** What the surface asks of the dispatcher. */
export type SurfaceDispatcher = Pick<Dispatcher, 'authorise' | 'authorisePage' | 'call' | 'stream'>;

export interface RouteContext {
  readonly dispatcher: SurfaceDispatcher;
  /** What contents that are read whole may take together. */
  readonly budget: Budget;
  readonly meter: Meter;
  readonly heartbeat: Duration;
  /** Aborted when the surface closes: streams have no end of their own. */
  readonly closing: AbortSignal;
  readonly credential: (request: FastifyRequest) => Credential;
  /** Told when a stream broke after its head was sent. */
  readonly broken: (operation: string, failure: unknown) => void;
}

/** `/v1/<name>` for each, and `/v1/events`, which browsers can open as it is. */
export function addOperationRoutes(app: FastifyInstance, catalogue: readonly Operation[], context: RouteContext): void {
  for (const operation of catalogue) {
    const passes = new WeakMap<FastifyRequest, Pass>();
    const answer = (request: FastifyRequest, reply: FastifyReply, format?: StreamFormat) =>
      respond(operation, { request, reply, pass: passes.get(request) ?? { kind: 'none' }, format }, context);
    // Before the content is read: nobody who may not call costs more than a head.
    const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
      passes.set(request, await admitted(operation, request, context));
      // Raw content goes to the disk as it comes: what is too much is known before.
      if (operation.body === 'binary' && Number(request.headers['content-length']) > limitOf(operation)) throw tooLarge(limitOf(operation));
      // One who left while being looked up would never give back.
      if (methodOf(operation) === 'POST' && operation.body !== 'binary' && !reply.raw.closed)
        reply.raw.once('close', context.budget.reserve(bytesOf(request, limitOf(operation))));
    };
    app.route({
      method: methodOf(operation),
      url: `/v1/${operation.name}`,
      bodyLimit: limitOf(operation),
      onRequest,
      handler: (request, reply) => answer(request, reply),
    });
    if (operation.name === 'observe.events') app.get('/v1/events', { onRequest }, (request, reply) => answer(request, reply, 'events'));
  }
}

async function admitted(operation: Operation, request: FastifyRequest, { dispatcher, credential, meter }: RouteContext): Promise<Pass> {
  const started = performance.now();
  try {
    return await dispatcher.authorise(operation.name, credential(request));
  } catch (thrown) {
    meter.record(operation.name, asCodeError(thrown).code, performance.now() - started);
    throw thrown;
  }
}

function limitOf(operation: Operation): Bytes {
  return operation.maxBody ?? (operation.body === 'binary' ? binaryLimit : jsonLimit);
}

/** How long the content is, or may become where its length is not told. */
export function bytesOf({ headers }: FastifyRequest, limit: Bytes): Bytes {
  const told = Number(headers['content-length']);
  if ('transfer-encoding' in headers) return limit;
  return Number.isFinite(told) ? Math.min(told, limit) : 0;
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly pass: Call['credential'];
  readonly format: StreamFormat | undefined;
}

async function respond(operation: Operation, exchange: Exchange, context: RouteContext): Promise<unknown> {
  const { request, reply, format = formatFor(request) } = exchange;
  const started = performance.now();
  const record = (result: string) => context.meter.record(operation.name, result, performance.now() - started);
  const call = callOf(operation, exchange, context);
  const input = inputOf(operation, request);
  try {
    if (operation.kind === 'call') {
      const result = await context.dispatcher.call(operation.name, input, call);
      record('ok');
      return result;
    }
    const items = await context.dispatcher.stream(operation.name, input, call);
    const failure = await sendStream(reply.raw, { items, format, heartbeat: context.heartbeat, signal: call.signal });
    if (failure !== undefined) context.broken(operation.name, failure);
    record(failure === undefined ? 'ok' : asCodeError(failure).code);
    return reply.hijack();
  } catch (thrown) {
    record(asCodeError(thrown).code);
    throw thrown;
  }
}

function callOf(operation: Operation, { request, reply, pass }: Exchange, context: RouteContext): Call {
  const key = request.headers['idempotency-key'];
  if (Array.isArray(key) || (key !== undefined && (key === '' || key.length > 200)))
    throw new CodeError('input_invalid', 'Idempotency-Key: expected one text of 1 to 200 characters.');
  return {
    credential: pass,
    signal: signalFor(operation, reply, context.closing),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(operation.body === 'binary' ? { body: limited(request.raw, limitOf(operation)) } : {}),
  };
}

/** A caller who leaves ends a read or a stream; a change that has begun is carried to its end, whoever listens. */
function signalFor(operation: Operation, reply: FastifyReply, closing: AbortSignal): AbortSignal {
  if (operation.kind === 'call' && operation.effect !== 'read') return new AbortController().signal;
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  return operation.kind === 'stream' ? AbortSignal.any([left.signal, closing]) : left.signal;
}

/** Streams whose items have numbers: a reader who lost the connection goes on after the last that he has. */
const resumable: ReadonlySet<string> = new Set(['observe.events', 'endpoints.watch']);

function inputOf(operation: Operation, request: FastifyRequest): unknown {
  const query = typeof request.query === 'object' ? { ...request.query } : {};
  if (resumable.has(operation.name)) {
    const last = request.headers['last-event-id'];
    return last === undefined ? query : { ...query, after: last };
  }
  return operation.body === 'binary' || methodOf(operation) === 'GET' ? query : (request.body ?? {});
}

function formatFor(request: FastifyRequest): StreamFormat {
  return (request.headers.accept ?? '').includes(streamTypes.events) ? 'events' : 'lines';
}
