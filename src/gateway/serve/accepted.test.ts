// On the Node.js that we are delivered with, client sockets are read without a stream, and are sockets in every other way.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer, Socket as PlainSocket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readInto } from './accepted.ts';

test('an accepted socket is replaced by one that reads into the shared space, hears its end, can still answer, and lets the server close', async () => {
  const heard: string[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepting = once(server, 'connection') as Promise<[Socket]>;
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void client.destroy());
  const [accepted] = await accepting;
  const spaces = new Set<ArrayBufferLike>();
  const socket = readInto(accepted, (bytes) => {
    heard.push(bytes.toString());
    spaces.add(bytes.buffer);
    socket.write('ok');
  });
  expect(socket).not.toBe(accepted);
  expect(socket.remotePort).toBe(client.localPort);
  for (const word of ['one', 'two']) {
    client.write(word);
    expect(String(await once(client, 'data'))).toBe('ok');
  }
  const over = once(socket, 'end');
  client.end();
  await over;
  socket.end('bye');
  expect(String(await once(client, 'data'))).toBe('bye');
  expect(heard).toEqual(['one', 'two']);
  expect(spaces.size).toBe(1);
  await new Promise((resolve) => server.close(resolve));
});

test('a socket without a handle that can be read so is read as a stream', () => {
  const socket = new PlainSocket();
  expect(readInto(socket, () => undefined)).toBe(socket);
  expect(socket.listenerCount('data')).toBe(1);
});
