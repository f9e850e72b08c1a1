// Real neighbours for gateway tests: upstream servers, raw clients, tables; all on free ports, all gone when the test is.
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { Gateway } from '../../src/gateway/gateway.ts';
import type { GatewayLimits } from '../../src/gateway/serve/plane.ts';
import type { Route, RoutedService, RouteTable, Upstream } from '../../src/model/route.ts';
import type { TrafficPolicy } from '../../src/model/traffic.ts';
import { defaultTrafficPolicy } from '../../src/model/traffic.ts';

/** Polls until the state is there; fails with its last value when it does not come. */
export async function until<T>(what: string, read: () => T | Promise<T>, good: (value: T) => boolean, within = 180_000): Promise<T> {
  const giveUp = Date.now() + within;
  for (;;) {
    const value = await read();
    if (good(value)) return value;
    if (Date.now() > giveUp) throw new Error(`${what} did not come; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface TestUpstream {
  readonly server: Server;
  readonly port: number;
  /** Requests seen, as `METHOD url`. */
  readonly seen: string[];
  readonly connections: Set<Socket>;
  close(): Promise<void>;
}

/** An application: a real node:http server. */
export async function anUpstream(listener: RequestListener = (_, response) => void response.end('ok'), port = 0): Promise<TestUpstream> {
  const seen: string[] = [];
  const connections = new Set<Socket>();
  const server = createServer((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    listener(incoming, response);
  });
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      for (const socket of connections) socket.destroy();
    });
  onTestFinished(close);
  return { server, port: portOf(server), seen, connections, close };
}

/** An upstream below HTTP: what it says is up to the test. */
export async function aRawUpstream(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return portOf(server);
}

/** A port where nobody listens. */
export async function aDeadPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as { readonly port: number }).port;
}

export async function aGateway(limits: Partial<GatewayLimits> = {}): Promise<{ readonly gateway: Gateway; readonly port: number }> {
  const gateway = new Gateway({ keep: async () => {}, limits });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => gateway.stop(AbortSignal.abort()));
  return { gateway, port };
}

export const policy: TrafficPolicy = { ...defaultTrafficPolicy, hold: 0 };

export function at(port: number, instance = `i${port}`): Upstream {
  return { instance, host: '127.0.0.1', port };
}

/** One service for every host and path, with releases given as name → [weight, upstreams]. */
export function aService(
  releases: Readonly<Record<string, readonly [number, readonly Upstream[]]>>,
  varied: Partial<RoutedService> = {},
): RoutedService {
  return {
    key: 'shop/test/web',
    policy,
    releases: Object.entries(releases).map(([release, [weight, upstreams]]) => ({ release, weight, upstreams })),
    ...varied,
  };
}

export function aTable(version: number, services: readonly RoutedService[], routes?: readonly Route[]): RouteTable {
  return { version, services, routes: routes ?? services.map(({ key }) => ({ host: '*', path: '/', service: key })) };
}

/** A gateway in front of these instances of one release. */
export async function inFrontOf(upstreams: readonly Upstream[], varied: Partial<RoutedService> = {}, limits: Partial<GatewayLimits> = {}) {
  const { gateway, port } = await aGateway(limits);
  await gateway.apply(aTable(1, [aService({ v1: [1, upstreams] }, varied)]));
  return { gateway, port };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly reason: string | undefined;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

export function aKeepAliveAgent(sockets = 1): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });
  onTestFinished(() => agent.destroy());
  return agent;
}

export function ask(port: number, { method = 'GET', path = '/', headers = {}, body, agent }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', method, path, headers, agent: agent ?? false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const reason = response.headers['x-code-reason'];
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
          reason: Array.isArray(reason) ? reason[0] : reason,
        });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

export interface RawClient {
  readonly socket: Socket;
  /** What came so far, latin1. */
  text(): string;
  /** Resolves with everything once the other side has ended. */
  ended(): Promise<string>;
}

export async function aRawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let text = '';
  const over = new Promise<string>((resolve) => {
    socket.on('end', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, text: () => text, ended: () => over };
}

/** Sends bytes and returns all that comes until the gateway closes the connection. */
export async function sendRaw(port: number, bytes: string): Promise<string> {
  const client = await aRawClient(port);
  client.socket.write(bytes, 'latin1');
  return client.ended();
}

/** An answer that is given when the test says so. */
export function aLatch(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

export function echo(incoming: IncomingMessage, response: ServerResponse): void {
  incoming.pipe(response);
}
