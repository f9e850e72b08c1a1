// One route for each operation, made from the catalogue; nothing here knows any operation by name but the alias for events.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { Call, Credential, Dispatcher } from '../../operations/dispatch.ts';
import type { Operation } from '../../operations/operation.ts';
import { binaryLimit, jsonLimit, limited } from './body.ts';
import type { Meter } from './metrics.ts';
import { methodOf } from './openapi.ts';
import type { StreamFormat } from './stream.ts';
import { sendStream, streamTypes } from './stream.ts';

export interface RouteContext {
  readonly dispatcher: Pick<Dispatcher, 'call' | 'stream'>;
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
    const limit = operation.maxBody ?? (operation.body === 'binary' ? binaryLimit : jsonLimit);
    const answer = (request: FastifyRequest, reply: FastifyReply) => respond(operation, request, reply, context);
    app.route({ method: methodOf(operation), url: `/v1/${operation.name}`, bodyLimit: limit, handler: answer });
    if (operation.name === 'observe.events')
      app.get('/v1/events', (request, reply) => respond(operation, request, reply, context, 'events'));
  }
}

async function respond(
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  context: RouteContext,
  format: StreamFormat = formatFor(request),
): Promise<unknown> {
  const started = performance.now();
  const record = (result: string) => context.meter.record(operation.name, result, performance.now() - started);
  const call = callOf(operation, request, reply, context);
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

function callOf(operation: Operation, request: FastifyRequest, reply: FastifyReply, context: RouteContext): Call {
  const key = request.headers['idempotency-key'];
  if (Array.isArray(key) || (key !== undefined && (key === '' || key.length > 200)))
    throw new CodeError('input_invalid', 'Idempotency-Key: expected one text of 1 to 200 characters.');
  return {
    credential: context.credential(request),
    signal: signalFor(operation, reply, context.closing),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(operation.body === 'binary' ? { body: limited(request.raw, operation.maxBody ?? binaryLimit) } : {}),
  };
}

/** A caller who leaves ends a read or a stream; a change that has begun is carried to its end, whoever listens. */
function signalFor(operation: Operation, reply: FastifyReply, closing: AbortSignal): AbortSignal {
  if (operation.kind === 'call' && operation.effect !== 'read') return new AbortController().signal;
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  return operation.kind === 'stream' ? AbortSignal.any([left.signal, closing]) : left.signal;
}

function inputOf(operation: Operation, request: FastifyRequest): unknown {
  const query = typeof request.query === 'object' ? { ...request.query } : {};
  if (operation.name === 'observe.events') {
    const last = request.headers['last-event-id'];
    return last === undefined ? query : { ...query, after: last };
  }
  return operation.body === 'binary' || methodOf(operation) === 'GET' ? query : (request.body ?? {});
}

function formatFor(request: FastifyRequest): StreamFormat {
  return (request.headers.accept ?? '').includes(streamTypes.events) ? 'events' : 'lines';
}
