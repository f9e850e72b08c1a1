// The server below the HTTP application: how many connections, how slow a head or a content may be, and what is said to what is no HTTP.
import type { RequestListener, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { createServer } from '../../platform/node-http.ts';
import { problemOf, problemType } from './problem.ts';

export const listenerLimits = {
  /** Beyond it a connection is closed unanswered. */
  connections: 1_000,
  /** From the connection, or the end of the request before, to the end of the head. */
  head: 10_000,
  /** To the last byte of the content: only callers who may send one get so far, and a blob of 1 GiB takes its time. */
  request: 300_000,
  /** Between two requests. */
  idle: 72_000,
} as const;

export function createListener(handle: RequestListener): Server {
  const server = createServer(
    { headersTimeout: listenerLimits.head, requestTimeout: listenerLimits.request, connectionsCheckingInterval: 2_500 },
    handle,
  );
  server.keepAliveTimeout = listenerLimits.idle;
  server.maxConnections = listenerLimits.connections;
  server.on('clientError', answerBroken);
  return server;
}

/** The parser gave up, so there is no request and nobody whose Host could be looked at: the answer tells nothing of this API. */
function answerBroken(thrown: Error, socket: Duplex): void {
  if (socket.destroyed || !socket.writable || systemErrorCode(thrown) === 'ECONNRESET') return void socket.destroy();
  const [status, message] = reasons[systemErrorCode(thrown) ?? ''] ?? [400, 'This is not an HTTP request.'];
  const problem = problemOf(new CodeError('input_invalid', message), status);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${problem.title}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

const reasons: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [431, 'The head of the request is too large.'],
};
