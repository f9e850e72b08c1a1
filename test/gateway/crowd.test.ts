// A client with very many connections must not shut the others out.
import { expect, test } from 'vitest';
import { anUpstream, aRawClient, aRawUpstream, ask, at, inFrontOf, sendRaw, until } from './kit.ts';

test('M9 when all connections are taken, the oldest idle one makes room', async () => {
  const app = await anUpstream();
  const { port } = await inFrontOf([at(app.port)], {}, { maxConnections: 3, maxPerAddress: 3 });
  const first = await aRawClient(port);
  for (let more = 0; more < 2; more += 1) await aRawClient(port);
  expect((await ask(port)).body).toBe('ok');
  await first.ended();
});

test('M9 a newcomer that has not spoken yet stays, and one that was answered and has been idle for longer goes', async () => {
  const app = await anUpstream();
  const { port } = await inFrontOf([at(app.port)], {}, { maxConnections: 2, maxPerAddress: 2 });
  const [answered, newcomer] = [await aRawClient(port), await aRawClient(port)];
  answered.socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  await until('the answer', answered.text, (text) => text.endsWith('ok'));
  const later = await aRawClient(port);
  // The newcomer came before the answer was complete: it has been idle for longest. Then it is the answered one's turn.
  await newcomer.ended();
  const last = await aRawClient(port);
  await answered.ended();
  for (const { socket } of [later, last]) expect(socket.readyState).toBe('open');
});

test('M9 a connection with a request on its way is never the one that makes room', async () => {
  const app = await anUpstream(() => undefined);
  const { port } = await inFrontOf([at(app.port)], {}, { maxConnections: 2, maxPerAddress: 2 });
  const busy = await Promise.all([1, 2].map(() => aRawClient(port)));
  for (const { socket } of busy) socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  await until(
    'both requests',
    () => app.seen.length,
    (count) => count === 2,
  );
  expect(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')).toMatch(/^HTTP\/1\.1 503 .*too_many_connections/s);
  expect(busy.map(({ socket }) => socket.readyState)).toEqual(['open', 'open']);
});

test('M9 one address may have a part of all connections', async () => {
  const app = await anUpstream(() => undefined);
  const { port } = await inFrontOf([at(app.port)], {}, { maxConnections: 100, maxPerAddress: 1 });
  const { socket } = await aRawClient(port);
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  await until(
    'the request',
    () => app.seen.length,
    (count) => count === 1,
  );
  expect(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')).toMatch(/^HTTP\/1\.1 503 .*too_many_connections/s);
});

test.each([204, 304])('L5 a transfer coding on a %i, which has no body, is not passed on', async (status) => {
  const app = await aRawUpstream((socket) => {
    socket.on('data', () => socket.write(`HTTP/1.1 ${status} X\r\nTransfer-Encoding: chunked\r\n\r\n`));
  });
  const { port } = await inFrontOf([at(app)]);
  for (const start of ['GET / HTTP/1.1', 'HEAD / HTTP/1.1', 'HEAD / HTTP/1.0'])
    expect(await sendRaw(port, `${start}\r\nHost: h\r\nConnection: close\r\n\r\n`)).not.toMatch(/transfer-encoding/i);
});

test('L5 a transfer coding is not told to a HEAD of HTTP/1.0, which knows none', async () => {
  const app = await aRawUpstream((socket) => {
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'));
  });
  const { port } = await inFrontOf([at(app)]);
  expect(await sendRaw(port, 'HEAD / HTTP/1.0\r\nHost: h\r\n\r\n')).not.toMatch(/transfer-encoding/i);
  expect(await sendRaw(port, 'HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).toMatch(/Transfer-Encoding: chunked/);
});
