// What an application sends reaches the client byte by byte as it was: the gateway reads into spaces that it uses again.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { anUpstream, aRawClient, aRawUpstream, at, inFrontOf, until } from './kit.ts';

const big = randomBytes(12_000_000);

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('H1 a client that stops reading in the midst of an answer gets all of it unchanged when it goes on', async () => {
  const app = await anUpstream(async (_, response) => {
    response.writeHead(200, { 'Content-Length': big.length });
    // Piece by piece, so that many small ones are read while the first of them still waits to be written.
    for (let from = 0; from < big.length; from += 3_000) {
      if (!response.write(big.subarray(from, from + 3_000))) await once(response, 'drain');
      if (from < 9_000_000) await setImmediate();
    }
    response.end();
  });
  const { port } = await inFrontOf([at(app.port, 'app')]);
  const clients = await Promise.all(Array.from({ length: 2 }, () => aRawClient(port)));
  for (const { socket } of clients) socket.pause().write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  let before = -1;
  await until(
    'the flow stands still',
    () => {
      const sent = [...app.connections].reduce((sum, socket) => sum + socket.bytesWritten, 0);
      const still = app.seen.length === 2 && sent > 1_000_000 && sent === before;
      before = sent;
      return still;
    },
    Boolean,
  );
  for (const { socket } of clients) socket.resume();
  for (const client of clients) {
    const text = await until('the whole answer', client.text, (seen) => bodiesIn(seen).length === 1);
    expect(bodiesIn(text).map((body) => digestOf(Buffer.from(body, 'latin1')))).toEqual([digestOf(big)]);
  }
});

test('H1 a client that reads in fits and starts, answer after answer on kept connections, gets each unchanged', async () => {
  const sizes = [100_000, 16_384, 1, 65_536, 131_072, 3_000_000, 262_144, 17];
  const app = await anUpstream((incoming, response) => void response.end(big.subarray(0, Number(incoming.url?.slice(1)))));
  const { port } = await inFrontOf([at(app.port, 'app')]);
  const clients = await Promise.all(Array.from({ length: 3 }, () => aRawClient(port)));
  for (const { socket } of clients) socket.write(sizes.map((size) => `GET /${size} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''));
  const rhythm = setInterval(() => {
    for (const { socket } of clients)
      if (socket.isPaused()) socket.resume();
      else socket.pause();
  }, 1);
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  for (const client of clients) {
    const text = await until('all answers', client.text, (seen) => seen.length > whole && bodiesIn(seen).length === sizes.length);
    expect(bodiesIn(text).map((body) => digestOf(Buffer.from(body, 'latin1')))).toEqual(
      sizes.map((size) => digestOf(big.subarray(0, size))),
    );
  }
  clearInterval(rhythm);
});

test('H1 a head that comes byte by byte is put together, and a body that comes with its last byte is passed on', async () => {
  const answer = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nX-Long: 0123456789\r\nContent-Length: 5\r\n\r\nhello';
  const app = await aRawUpstream((socket) => {
    socket.setNoDelay(true).on('data', async () => {
      for (const letter of answer.slice(0, -6)) {
        socket.write(letter);
        await setImmediate();
      }
      socket.write(answer.slice(-6));
    });
  });
  const { port } = await inFrontOf([at(app)]);
  const client = await aRawClient(port);
  for (let count = 1; count <= 3; count += 1) {
    client.socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await until('an answer', client.text, (text) => text.split('hello').length > count);
  }
  expect(client.text().replace(/\r\n/g, '|')).toBe(
    'HTTP/1.1 103 Early Hints|Link: </a>||HTTP/1.1 200 OK|X-Long: 0123456789|Content-Length: 5||hello'.repeat(3),
  );
  client.socket.destroy();
  await once(client.socket, 'close');
});

function bodiesIn(text: string): readonly string[] {
  const bodies: string[] = [];
  for (let at = 0; at < text.length; ) {
    const start = text.indexOf('\r\n\r\n', at) + 4;
    const length = Number(/content-length: (\d+)/i.exec(text.slice(at, start))?.[1]);
    if (start < 4 || text.length < start + length) break;
    bodies.push(text.slice(start, start + length));
    at = start + length;
  }
  return bodies;
}

test('H1 the same head again is served again, and a head that differs in one byte, or has more behind it, is read anew', async () => {
  const app = await anUpstream((incoming, response) => {
    response.end(
      JSON.stringify([incoming.url, incoming.headers['x-a'], incoming.headers['x-forwarded-for'], incoming.headers['x-request-id']]),
    );
  });
  const { port } = await inFrontOf([at(app.port)]);
  const client = await aRawClient(port);
  const head = (value: string) => `GET /${value} HTTP/1.1\r\nHost: h\r\nX-A: ${value}\r\n\r\n`;
  const sent = [head('a'), head('a'), head('a'), head('b'), head('a'), head('a') + head('a'), head('a') + head('c'), head('c'), head('a')];
  let count = 0;
  for (const bytes of sent) {
    client.socket.write(bytes);
    count += bytes.split('GET').length - 1;
    await until('the answers', client.text, (text) => bodiesIn(text).length === count);
  }
  const seen = bodiesIn(client.text()).map((body) => JSON.parse(body) as readonly string[]);
  expect(seen.map(([url, value, from]) => [url, value, from].join(' '))).toEqual(
    Array.from('aaabaaaacca', (value) => `/${value} ${value} 127.0.0.1`),
  );
  expect(new Set(seen.map(([, , , id]) => id)).size).toBe(count);
});

test('H1 an answer whose head grows on its way, for a client that keeps an HTTP/1.0 connection, is whole', async () => {
  const app = await aRawUpstream((socket) => {
    socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n${'b'.repeat(30_000)}`));
  });
  const { port } = await inFrontOf([at(app)]);
  const client = await aRawClient(port);
  for (let count = 1; count <= 2; count += 1) {
    client.socket.write('GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n');
    await until('the answer', client.text, (text) => bodiesIn(text).length === count);
  }
  expect(client.text()).toBe(`HTTP/1.1 200 OK\r\nContent-Length: 30000\r\nConnection: keep-alive\r\n\r\n${'b'.repeat(30_000)}`.repeat(2));
});
