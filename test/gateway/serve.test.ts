// What clients and applications see of the gateway when all is well, and when an application is not.
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Upstream } from '../../src/model/route.ts';
import {
  aDeadPort,
  aGateway,
  aKeepAliveAgent,
  aLatch,
  anUpstream,
  aRawClient,
  aRawUpstream,
  aService,
  ask,
  aTable,
  at,
  echo,
  inFrontOf,
  policy,
  sendRaw,
  until,
} from './kit.ts';

describe('passing', () => {
  test('request and answer pass whole: method, path, fields, body, status', async () => {
    const app = await anUpstream((incoming, response) => {
      response.writeHead(201, { 'x-seen': `${incoming.method} ${incoming.url} ${String(incoming.headers['x-a'])}` });
      incoming.pipe(response);
    });
    const { port } = await inFrontOf([at(app.port)]);
    const body = 'x'.repeat(200_000);
    const answer = await ask(port, { method: 'PUT', path: '/a?b=c', headers: { 'x-a': '1' }, body });
    expect([answer.status, answer.headers['x-seen'], answer.body === body]).toEqual([201, 'PUT /a?b=c 1', true]);
  });

  test('a chunked request and a chunked answer pass', async () => {
    const app = await anUpstream(echo);
    const { port } = await inFrontOf([at(app.port)]);
    const text = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n',
    );
    expect(text).toMatch(/Transfer-Encoding: chunked\r\n/);
    expect(text).toMatch(/\r\n0\r\n\r\n$/);
    expect(text.replace(/\r\n[0-9a-f]+\r\n/g, '')).toContain('hello world');
  });

  test('the application learns the true client, and not what a client claims', async () => {
    const app = await anUpstream((incoming, response) => response.end(JSON.stringify(incoming.headers)));
    const { port } = await inFrontOf([at(app.port)]);
    const lies = {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'https',
      forwarded: 'for=6.6.6.6',
      'x-real-ip': '6.6.6.6',
      'x-request-id': 'mine-1',
    };
    const { body } = await ask(port, { headers: { ...lies, host: 'shop.localhost:8080' } });
    expect(JSON.parse(body)).toMatchObject({
      host: 'shop.localhost:8080',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.localhost:8080',
      forwarded: 'for=127.0.0.1;host="shop.localhost:8080";proto=http',
      'x-request-id': 'mine-1',
    });
    expect(body).not.toContain('6.6.6.6');
    const made = JSON.parse((await ask(port)).body) as Record<string, string>;
    expect(made['x-request-id']).toMatch(/^[0-9a-z]{8}-[0-9a-z]+$/);
  });

  test('HEAD, 204 and 304 have no body, and the connection serves on', async () => {
    const app = await anUpstream((incoming, response) => {
      response.statusCode = Number(incoming.url?.slice(1) ?? 200);
      if (response.statusCode !== 204) response.setHeader('content-length', '5');
      response.end(response.statusCode === 200 ? 'hello' : undefined);
    });
    const { port } = await inFrontOf([at(app.port)]);
    const one = (method: string, path: string) => `${method} ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
    const text = await sendRaw(
      port,
      `${one('HEAD', '/200')}${one('GET', '/204')}${one('GET', '/304')}GET /200 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
    );
    const answers = text.split(/(?=HTTP\/1\.1 )/);
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['200', '204', '304', '200']);
    expect(answers.map((answer) => answer.split('\r\n\r\n')[1])).toEqual(['', '', '', 'hello']);
    expect(answers[0]).toContain('Content-Length: 5');
  });

  test('pipelined requests are answered in their order, one at a time', async () => {
    const app = await anUpstream((incoming, response) => {
      incoming.resume();
      setImmediate(() => response.end(`${incoming.method}${incoming.url} `));
    });
    const { port } = await inFrontOf([at(app.port)]);
    const bytes = Array.from({ length: 20 }, (_, index) =>
      index % 2 ? `GET /${index} HTTP/1.1\r\nHost: h\r\n\r\n` : `POST /${index} HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc`,
    ).join('');
    const text = await sendRaw(port, `${bytes}GET /end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    const expected = Array.from({ length: 20 }, (_, index) => (index % 2 ? `GET/${index}` : `POST/${index}`));
    expect(text.match(/(?:GET|POST)\/\w+/g)).toEqual([...expected, 'GET/end']);
  });

  test('bytes may come one by one', async () => {
    const app = await anUpstream(echo);
    const { port } = await inFrontOf([at(app.port)]);
    const client = await aRawClient(port);
    client.socket.setNoDelay(true);
    for (const byte of 'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n') {
      client.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await client.ended()).replace(/\r\n[0-9a-f]\r\n/g, '')).toMatch(/200 OK[^]*abc/);
  });

  test('HTTP/1.0 clients get a counted or closed answer, and stay when they ask to', async () => {
    const app = await anUpstream((incoming, response) => {
      if (incoming.url === '/chunked') response.write('a');
      response.end('b');
    });
    const { port } = await inFrontOf([at(app.port)]);
    const chunked = await sendRaw(port, 'GET /chunked HTTP/1.0\r\n\r\n');
    expect(chunked).not.toContain('Transfer-Encoding');
    expect(chunked.split('\r\n\r\n')[1]).toBe('ab');
    const stays = await sendRaw(port, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n');
    expect(stays.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(stays).toContain('Connection: keep-alive');
  });

  test('Expect: 100-continue is answered by the application, before the body is sent', async () => {
    const app = await anUpstream(echo);
    const { port } = await inFrontOf([at(app.port)]);
    const body = await new Promise<string>((resolve, reject) => {
      const call = request({
        port,
        host: '127.0.0.1',
        method: 'POST',
        agent: false,
        headers: { expect: '100-continue', 'content-length': 4 },
      });
      call.on('continue', () => call.end('data'));
      call.on('response', (response) => response.on('data', (chunk: Buffer) => resolve(chunk.toString())));
      call.on('error', reject);
      call.flushHeaders();
    });
    expect(body).toBe('data');
  });

  test('R-05 what an application flushes reaches the client at once, while the answer goes on', async () => {
    const { opened, open } = aLatch();
    const app = await anUpstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      void opened.then(() => response.end('data: 2\n\n'));
    });
    const { port } = await inFrontOf([at(app.port)]);
    const client = await aRawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    await until('the first event', client.text, (text) => text.includes('data: 1'));
    expect(client.text()).not.toContain('data: 2');
    open();
    expect(await client.ended()).toContain('data: 2');
  });

  test('an answer without a length ends when the application closes', async () => {
    const app = await aRawUpstream((socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end');
      });
    });
    const { port } = await inFrontOf([at(app)]);
    const answer = await ask(port);
    expect([answer.body, answer.headers.connection]).toEqual(['until the end', 'close']);
  });

  test('connections to the application are used again', async () => {
    const app = await anUpstream();
    const { port } = await inFrontOf([at(app.port)]);
    const sockets = new Set<unknown>();
    app.server.on('request', (incoming) => sockets.add(incoming.socket));
    for (let turn = 0; turn < 20; turn++) expect((await ask(port)).status).toBe(200);
    expect(sockets.size).toBe(1);
  });

  test('103 early hints pass', async () => {
    const app = await anUpstream((_, response) => response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => response.end('x')));
    const { port } = await inFrontOf([at(app.port)]);
    expect(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 103 [^]*rel=preload[^]*HTTP\/1\.1 200 /,
    );
  });
});

describe('refusing', () => {
  test('no route is 404, with the reason and without our name or version', async () => {
    const { gateway, port } = await aGateway();
    const answer = await ask(port);
    expect([answer.status, answer.reason, answer.headers['content-type']]).toEqual([404, 'no_route', 'text/plain; charset=utf-8']);
    expect(answer.headers.server).toBeUndefined();
    await gateway.apply(aTable(1, [aService({ v1: [1, []] })], [{ host: 'a', path: '/b', service: 'shop/test/web' }]));
    expect((await ask(port, { headers: { host: 'a' } })).reason).toBe('no_route');
    expect((await ask(port, { path: '/b', headers: { host: 'A:1' } })).reason).toBe('no_upstream');
  });

  test('R-14 no instance is 503', async () => {
    const { port } = await inFrontOf([]);
    expect(await ask(port)).toMatchObject({ status: 503, reason: 'no_upstream' });
  });

  test('R-14 a malformed chunked body is 400, and the application does not see a whole request', async () => {
    const app = await anUpstream((incoming, response) => {
      incoming.on('end', () => response.end('whole'));
      incoming.resume();
    });
    const { port } = await inFrontOf([at(app.port)]);
    const text = await sendRaw(port, 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 400 [^]*x-code-reason: bad_chunk/);
  });

  test('R-14 a body that is too large is 413: at once when it says so, at the limit when it does not', async () => {
    const app = await anUpstream(echo);
    const { port } = await inFrontOf([at(app.port)], { policy: { ...policy, maxBody: 1_000 } });
    expect(await ask(port, { method: 'POST', body: 'x'.repeat(1_001) })).toMatchObject({
      status: 413,
      reason: 'body_too_large',
      body: expect.stringContaining('The body is larger than'),
    });
    expect(app.seen).toEqual([]);
    expect((await ask(port, { method: 'POST', body: 'x'.repeat(1_000) })).status).toBe(200);
    const chunk = `1f4\r\n${'x'.repeat(500)}\r\n`;
    const text = await sendRaw(
      port,
      `POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}${chunk}0\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('R-14 an application that does not answer in time is 504', async () => {
    const app = await anUpstream(() => undefined);
    const { port } = await inFrontOf([at(app.port)], { policy: { ...policy, responseTimeout: 60 } });
    expect(await ask(port)).toMatchObject({ status: 504, reason: 'response_timeout' });
    await until(
      'its connection is cut',
      () => app.connections.size,
      (size) => size === 0,
    );
  });

  test('an application that is not there is 502', async () => {
    const { port } = await inFrontOf([at(await aDeadPort())]);
    expect(await ask(port)).toMatchObject({ status: 502, reason: 'connect_failed' });
  });

  test.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n'],
    ['a bad status line', 'HTTP/1.1 abc\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['length and chunked', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a bare LF in a field', 'HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'],
    ['a malformed chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('an answer with %s is 502', async (_, bytes) => {
    const app = await aRawUpstream((socket) => void socket.once('data', () => socket.write(bytes, 'latin1')));
    const { port } = await inFrontOf([at(app)]);
    expect(await ask(port)).toMatchObject({ status: 502, reason: 'bad_response' });
  });

  test('an answer that is cut short breaks the connection off: half an answer never looks whole', async () => {
    const app = await aRawUpstream(
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')),
    );
    const { port } = await inFrontOf([at(app)]);
    await expect(ask(port)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });

  test('a head above 16 KiB is 431, whether it ends or not', async () => {
    const { port } = await inFrontOf([]);
    const large = `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(17_000)}`;
    expect(await sendRaw(port, large)).toMatch(/^HTTP\/1\.1 431 [^]*head_too_large/);
    expect(await sendRaw(port, `${large}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('a head that does not come to its end is 408, and cannot be kept alive drop by drop', async () => {
    const { port } = await inFrontOf([], {}, { headTimeout: 150 });
    const client = await aRawClient(port);
    client.socket.write('GET / HTTP/1.1\r\n');
    const drip = setInterval(() => client.socket.write('A: b\r\n'), 20);
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 [^]*head_timeout/);
    clearInterval(drip);
  });

  test('a connection that says nothing is closed', async () => {
    const { port } = await inFrontOf([], {}, { headTimeout: 50 });
    expect(await (await aRawClient(port)).ended()).toBe('');
  });

  test('one connection too many is 503', async () => {
    const app = await anUpstream((incoming, response) => void (incoming.url === '/probe' && response.end('room')));
    const { port } = await inFrontOf([at(app.port)], {}, { maxConnections: 2 });
    const [first, second] = await Promise.all([aRawClient(port), aRawClient(port)]);
    for (const { socket } of [first, second]) socket.write('GET /busy HTTP/1.1\r\nHost: h\r\n\r\n');
    await until(
      'both are busy',
      () => app.seen.length,
      (count) => count === 2,
    );
    expect(await (await aRawClient(port)).ended()).toContain('too_many_connections');
    first.socket.destroy();
    await until(
      'there is room again',
      async () => (await ask(port, { path: '/probe' })).body,
      (body) => body === 'room',
    );
  });
});

describe('spreading', () => {
  /** Applications that say their names. */
  const named = async (name: string): Promise<Upstream> => at((await anUpstream((_, response) => response.end(name))).port, name);

  test('weights split exactly, also when services take turns', async () => {
    const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map(named));
    if (!a || !b || !c || !d) throw new Error('missing');
    const { gateway, port } = await aGateway();
    const one = aService({ old: [95, [a]], new: [5, [b]] }, { key: 'one' });
    const two = aService({ old: [2, [c]], new: [1, [d]] }, { key: 'two' });
    const routes = [one, two].map(({ key }) => ({ host: key, path: '/', service: key }));
    await gateway.apply(aTable(1, [one, two], routes));
    const agent = aKeepAliveAgent(4);
    const counts: Record<string, number> = {};
    for (let turn = 0; turn < 300; turn++) {
      // A table that changes nothing about the weights must not disturb the split.
      if (turn % 50 === 25) await gateway.apply(aTable(turn, [one, two], routes));
      const { body } = await ask(port, { headers: { host: turn % 3 ? 'one' : 'two' }, agent });
      counts[body] = (counts[body] ?? 0) + 1;
    }
    expect(counts).toEqual({ a: 190, b: 10, c: 67, d: 33 });
    const { releases } = gateway.observe();
    expect(releases.map(({ service, release, requests }) => [service, release, requests])).toEqual(
      expect.arrayContaining([
        ['one', 'old', 190],
        ['one', 'new', 10],
        ['two', 'old', 67],
        ['two', 'new', 33],
      ]),
    );
  });

  test('the one with least to do comes first', async () => {
    const { opened, open } = aLatch();
    const slow = await anUpstream((_, response) => void opened.then(() => response.end('slow')));
    const fast = await named('fast');
    const { gateway, port } = await inFrontOf([at(slow.port, 'slow'), fast]);
    const stuck = ask(port);
    await until(
      'the first is stuck',
      () => gateway.observe().inFlight['slow'],
      (count) => count === 1,
    );
    for (let turn = 0; turn < 6; turn++) expect((await ask(port)).body).toBe('fast');
    open();
    await stuck;
  });

  test('a release without instances gives its share to the others; weight zero takes nothing', async () => {
    const [a, b] = await Promise.all(['a', 'b'].map(named));
    if (!a || !b) throw new Error('missing');
    const { gateway, port } = await aGateway();
    await gateway.apply(aTable(1, [aService({ old: [0, [a]], gone: [50, []], new: [50, [b]] })]));
    const bodies = await Promise.all(Array.from({ length: 6 }, () => ask(port)));
    expect(bodies.map(({ body }) => body)).toEqual(['b', 'b', 'b', 'b', 'b', 'b']);
  });

  test('a dead instance costs no request: the next one is asked, and the dead one is left alone', async () => {
    const alive = await named('alive');
    const dead = at(await aDeadPort(), 'dead');
    const { gateway, port } = await inFrontOf([dead, alive]);
    for (let turn = 0; turn < 12; turn++)
      expect(await ask(port, { method: 'POST', body: 'x' })).toMatchObject({ status: 200, body: 'alive' });
    expect(Object.keys(gateway.observe().ejected)).toEqual(['dead']);
    expect(gateway.observe().releases).toMatchObject([{ requests: 12, failures: 0 }]);
  });

  test('an instance that hangs up on every request is left alone after its third failure in a row', async () => {
    const alive = await named('alive');
    const mute = at(await aRawUpstream((socket) => void socket.once('data', () => socket.destroy())), 'mute');
    const { gateway, port } = await inFrontOf([mute, alive]);
    const answers = [];
    for (let turn = 0; turn < 12; turn++) answers.push(await ask(port));
    expect(answers.filter(({ status }) => status === 502).map(({ reason }) => reason)).toEqual(Array(3).fill('upstream_closed'));
    expect(Object.keys(gateway.observe().ejected)).toEqual(['mute']);
  });

  test('who hangs up on a body that is too much for it is not blamed', async () => {
    const alive = await named('alive');
    const choosy = at(await aRawUpstream((socket) => void socket.once('data', () => socket.destroy())), 'choosy');
    const { gateway, port } = await inFrontOf([choosy, alive]);
    const body = 'x'.repeat(4_000_000);
    for (let turn = 0; turn < 8; turn++) await ask(port, { method: 'POST', body });
    expect(gateway.observe().ejected).toEqual({});
  });

  test('the last instance is never ejected, and serves again as soon as it is back', async () => {
    const port0 = await aDeadPort();
    const { gateway, port } = await inFrontOf([at(port0, 'only')]);
    for (let turn = 0; turn < 5; turn++) expect((await ask(port)).status).toBe(502);
    expect(gateway.observe().ejected).toEqual({});
    await anUpstream(undefined, port0);
    expect((await ask(port)).status).toBe(200);
  });

  test('a request waits a moment for an instance that just died and comes back', async () => {
    const port0 = await aDeadPort();
    const { gateway, port } = await inFrontOf([at(port0, 'old')], { policy: { ...policy, hold: 5_000 } });
    const waiting = ask(port, { method: 'POST', body: 'x' });
    const fresh = await named('fresh');
    await gateway.apply(aTable(2, [aService({ v1: [1, [fresh]] })]));
    expect(await waiting).toMatchObject({ status: 200, body: 'fresh' });
  });

  test('a release that cannot be reached counts the failure, though another release answers', async () => {
    const stable = await named('stable');
    const canary = at(await aDeadPort(), 'canary');
    const { gateway, port } = await aGateway();
    await gateway.apply(aTable(1, [aService({ stable: [50, [stable]], canary: [50, [canary]] })]));
    for (let turn = 0; turn < 4; turn++) expect((await ask(port)).body).toBe('stable');
    const counted = Object.fromEntries(
      gateway.observe().releases.map(({ release, requests, failures }) => [release, [requests, failures]]),
    );
    expect(counted).toEqual({ stable: [4, 0], canary: [2, 2] });
  });

  test('an idle connection that the application closes is no failure for a request that may be repeated', async () => {
    let served = 0;
    const app = await aRawUpstream((socket) => {
      // Each connection answers once and dies at the second request, without a byte: as if it was closed while idle.
      let first = true;
      socket.on('data', () => {
        if (!first) return socket.destroy();
        first = false;
        served++;
        return socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const { port } = await inFrontOf([at(app)]);
    for (let turn = 0; turn < 3; turn++) expect((await ask(port)).status).toBe(200);
    expect(served).toBe(3);
    // A POST may have been acted on: it is not repeated.
    expect(await ask(port, { method: 'POST', body: 'x' })).toMatchObject({ status: 502, reason: 'upstream_closed' });
    expect(served).toBe(3);
  });

  test('5xx counts as failure, 4xx does not; latency is measured', async () => {
    const app = await anUpstream((incoming, response) => {
      response.statusCode = Number(incoming.url?.slice(1));
      response.end();
    });
    const { gateway, port } = await inFrontOf([at(app.port)]);
    for (const status of [200, 404, 500, 503]) await ask(port, { path: `/${status}` });
    const [release] = gateway.observe().releases;
    expect(release).toMatchObject({ requests: 4, failures: 2 });
    expect(release?.latency.reduce((sum, { count }) => sum + count, 0)).toBe(4);
  });
});
