// The server below the HTTP application: how many connections, how slow a head, a content or a reader may be, and what is said to what is no HTTP.
import type { RequestListener, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { networkOf } from '../../platform/network.ts';
import { createSecureServer, createServer } from '../../platform/node-http.ts';
import type { Identity } from '../../platform/tls/identity.ts';
import { modernCiphers } from '../../platform/tls/identity.ts';
import { problemOf, problemType } from './problem.ts';

/** What the API listens with over TCP. */
export interface ServerTls {
  current(): Identity;
  /** PEM: only who shows a certificate of this authority comes in. */
  readonly clients?: string | undefined;
  /** Calls back whenever `current` has changed. */
  onChange(listener: () => void): void;
}

export const listenerLimits = {
  /** Beyond it a connection is closed unanswered. */
  connections: 1_000,
  /** Of these from one address (of IPv6 a network): nobody keeps all others out. */
  perAddress: 600,
  /** From the connection to the end of the TLS handshake. */
  handshake: 10_000,
  /** From the connection, or the end of the request before, to the end of the head. */
  head: 10_000,
  /** To the last byte of the content: only callers who may send one get so far, and a blob of 1 GiB takes its time. */
  request: 300_000,
  /** Between two requests. */
  idle: 72_000,
  /** Without a byte that goes out to a reader for whom bytes wait. */
  reader: 60_000,
};

export type ListenerLimits = typeof listenerLimits;

export function createListener(handle: RequestListener, tls?: ServerTls, limits: ListenerLimits = listenerLimits): Server {
  const timing = { headersTimeout: limits.head, requestTimeout: limits.request, connectionsCheckingInterval: 2_500 };
  const server = tls ? secureServer(timing, handle, tls, limits) : createServer(timing, handle);
  server.keepAliveTimeout = limits.idle;
  server.maxConnections = limits.connections;
  server.on('clientError', answerBroken);
  server.on('connection', countedBy(limits.perAddress));
  endIdle(server, limits.reader);
  return server;
}

/** With a listener the server ends nothing by itself. A stream without news is no slow reader; one whose bytes do not go out is. */
function endIdle(server: Server, within: number): void {
  const busy = new WeakSet<Socket>();
  server.on('request', ({ socket }, response) => {
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
  });
  server.setTimeout(within, (socket: Socket) => void ((socket.writableLength > 0 || !busy.has(socket)) && socket.destroy()));
}

type Timing = Readonly<Record<'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval', number>>;

function secureServer(timing: Timing, handle: RequestListener, tls: ServerTls, { handshake }: ListenerLimits): SecureServer {
  const context = () => {
    const { certificate: cert, key } = tls.current();
    return { cert, key, ciphers: modernCiphers, minVersion: 'TLSv1.3', ...(tls.clients !== undefined && { ca: tls.clients }) } as const;
  };
  const known = tls.clients !== undefined;
  const server = createSecureServer(
    { ...timing, ...context(), handshakeTimeout: handshake, requestCert: known, rejectUnauthorized: known },
    handle,
  );
  // Connections that stand keep what they began with.
  tls.onChange(() => server.setSecureContext(context()));
  return server;
}

/** Closes what one address has too much of, before anything of it is read. */
function countedBy(most: number): (socket: Socket) => void {
  const counts = new Map<string, number>();
  return (socket) => {
    const from = networkOf(socket.remoteAddress ?? '');
    // Whoever comes by the unix socket has no address, and is the owner.
    if (from === '') return;
    const now = (counts.get(from) ?? 0) + 1;
    counts.set(from, now);
    socket.once('close', () => {
      const left = (counts.get(from) ?? 1) - 1;
      if (left > 0) counts.set(from, left);
      else counts.delete(from);
    });
    if (now > most) socket.destroy();
  };
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
