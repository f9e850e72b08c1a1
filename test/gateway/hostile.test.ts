// Clients that leave, that never read, that send too slowly or too much: the others must not notice.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { aKeepAliveAgent, aLatch, anUpstream, aRawClient, ask, at, echo, inFrontOf, policy, until } from './kit.ts';

const big = randomBytes(8_000_000);

test('1,000 requests aborted in mid-body leave no connection behind, and traffic goes on', async () => {
  const app = await anUpstream((incoming, response) => {
    if (incoming.url === '/small') response.end('ok');
    else if (incoming.url === '/big') response.end(big);
    else response.write(big.subarray(0, 10_000));
  });
  const { gateway, port } = await inFrontOf([at(app.port, 'app')]);
  for (let round = 0; round < 20; round++) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => aRawClient(port)));
    // In the last round the client does not read and the body does not fit anywhere: the upstream is paused when the client leaves.
    for (const { socket } of clients) socket.pause().write(`GET ${round < 19 ? '/part' : '/big'} HTTP/1.1\r\nHost: h\r\n\r\n`);
    const target = 50 * (round + 1);
    await until(
      'all are being answered',
      () => app.seen.length,
      (count) => count >= target,
    );
    for (const { socket } of clients) socket.destroy();
  }
  await until(
    'nothing is in flight',
    () => gateway.observe().inFlight,
    (inFlight) => Object.keys(inFlight).length === 0,
  );
  const agent = aKeepAliveAgent(32);
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => ask(port, { path: '/small', agent })));
  expect(answers.every(({ status, body }) => status === 200 && body === 'ok')).toBe(true);
  // Wedged connections would stay open, paused, for ever: as many as traffic needs may be left, not a thousand.
  expect(app.connections.size).toBeLessThanOrEqual(32);
});

test('uploads aborted in mid-body end at the application too', async () => {
  const app = await anUpstream((incoming) => void incoming.on('error', () => undefined));
  const { gateway, port } = await inFrontOf([at(app.port, 'app')]);
  const clients = await Promise.all(Array.from({ length: 50 }, () => aRawClient(port)));
  for (const { socket } of clients) socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf');
  await until(
    'all are there',
    () => app.seen.length,
    (count) => count === 50,
  );
  for (const { socket } of clients) socket.destroy();
  await until(
    'none is left',
    () => app.connections.size,
    (size) => size === 0,
  );
  expect(gateway.observe().inFlight).toEqual({});
});

test('a client that does not read makes the application wait, instead of filling our memory', async () => {
  let written = 0;
  const app = await anUpstream((_, response) => {
    const chunk = Buffer.alloc(1_000_000, 1);
    response.writeHead(200, { 'content-length': 2_000_000_000 });
    const more = () => {
      while (written < 2_000_000_000) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
    };
    more();
  });
  const { port } = await inFrontOf([at(app.port)]);
  const client = await aRawClient(port);
  client.socket.pause().write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  let before = -1;
  // Still when the kernel's buffers are full: the application was told to wait.
  await until(
    'the flow stands still',
    async () => {
      const still = written > 0 && written === before;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still && written === before;
    },
    Boolean,
  );
  expect(written).toBeLessThan(100_000_000);
});

test('a client that pipelines without reading gets no more answers made than fit', async () => {
  let made = 0;
  const app = await anUpstream((_, response) => {
    made++;
    response.end(big);
  });
  const { port } = await inFrontOf([at(app.port)]);
  const client = await aRawClient(port);
  client.socket.pause();
  const requests = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(2_000);
  client.socket.write(requests);
  let before = -1;
  await until(
    'no further request is made',
    async () => {
      const still = made > 0 && made === before;
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still && made === before;
    },
    Boolean,
  );
  expect(made).toBeLessThan(50);
});

test('an application that does not read makes the client wait', async () => {
  const app = await anUpstream((incoming) => void incoming.pause());
  const { port } = await inFrontOf([at(app.port)]);
  const client = await aRawClient(port);
  const total = 200_000_000;
  client.socket.write(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${total}\r\n\r\n`);
  const piece = Buffer.alloc(1_000_000);
  let sent = 0;
  const more = () => {
    while (sent < total) {
      sent += piece.length;
      if (!client.socket.write(piece)) return void client.socket.once('drain', more);
    }
  };
  more();
  let before = -1;
  await until(
    'the flow stands still',
    async () => {
      const still = sent === before;
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still && sent === before;
    },
    Boolean,
  );
  expect(sent).toBeLessThan(100_000_000);
});

test('an early answer to an upload that goes on is delivered, and the connection ends after it', async () => {
  const app = await anUpstream((_, response) => {
    response.writeHead(413, { connection: 'close' }).end('too much');
  });
  const { port } = await inFrontOf([at(app.port)]);
  const client = await aRawClient(port);
  client.socket.write(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n${'x'.repeat(100_000)}`);
  expect(await client.ended()).toMatch(/^HTTP\/1\.1 413 [^]*too much/);
});

test('a request whose rest does not come is 408', async () => {
  const app = await anUpstream(echo);
  const { port } = await inFrontOf([at(app.port)], { policy: { ...policy, idleTimeout: 60 } });
  const client = await aRawClient(port);
  client.socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf');
  const text = await client.ended();
  // The echo may have begun its answer; then only breaking off tells the truth.
  expect(text === '' || /408 |Transfer-Encoding/.test(text)).toBe(true);
  expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
});

test('a client that hangs up ends the work of the application', async () => {
  const { opened, open } = aLatch();
  const app = await anUpstream((incoming) => void incoming.socket.on('close', open));
  const { port } = await inFrontOf([at(app.port)]);
  const client = await aRawClient(port);
  client.socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  await until(
    'the request is there',
    () => app.seen.length,
    (count) => count === 1,
  );
  client.socket.end();
  await opened;
});

test('a client that said it would send no more may close its side and still gets the answer', async () => {
  const { opened, open } = aLatch();
  const app = await anUpstream((_, response) => void opened.then(() => response.end('late')));
  const { port } = await inFrontOf([at(app.port)]);
  const client = await aRawClient(port);
  client.socket.end('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  await until(
    'the request is there',
    () => app.seen.length,
    (count) => count === 1,
  );
  open();
  expect(await client.ended()).toMatch(/late$/);
});
