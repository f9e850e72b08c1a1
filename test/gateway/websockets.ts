// A WebSocket application and its client, made with the `ws` package.
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { anUpstream } from './kit.ts';

/** What we use of `ws`, which brings no types of its own: it is required, so knip.json must be told that it is used. */
interface WebSocketLike extends EventEmitter {
  send(text: string | Buffer): void;
  terminate(): void;
}
interface WebSocketServerLike {
  readonly clients: ReadonlySet<WebSocketLike>;
  handleUpgrade(request: unknown, socket: Duplex, head: Buffer, done: (socket: WebSocketLike) => void): void;
}
const { WebSocket, WebSocketServer } = createRequire(import.meta.url)('ws') as {
  readonly WebSocket: new (url: string) => WebSocketLike;
  readonly WebSocketServer: new (options: { readonly noServer: true; readonly maxPayload: number }) => WebSocketServerLike;
};

/** Sends back what it gets. */
export async function aWebSocketApp() {
  const app = await anUpstream();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 100_000_000 });
  let received = 0;
  app.server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => undefined);
      client.on('message', (message: Buffer) => {
        received++;
        client.send(message);
      });
    }),
  );
  return { ...app, open: () => sockets.clients.size, received: () => received };
}

export async function openWebSocket(port: number, path = '/') {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  onTestFinished(() => socket.terminate());
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  const echo = (text: string) =>
    new Promise<string>((resolve) => {
      socket.once('message', (message: Buffer) => resolve(message.toString()));
      socket.send(text);
    });
  return { echo, closed, terminate: () => socket.terminate() };
}
