// Leaving the table, pausing, holding and stopping: nobody who was let in is thrown out, and nobody is let in to a place that closes.
import { describe, expect, test } from 'vitest';
import type { RoutedService } from '../../src/model/route.ts';
import { aGateway, aKeepAliveAgent, aLatch, anUpstream, aRawClient, aService, ask, aTable, at, inFrontOf, policy, until } from './kit.ts';
import { aWebSocketApp, openWebSocket } from './websockets.ts';

/** An application whose answers wait for the test. */
async function aSlowApp(name: string) {
  const latch = aLatch();
  const app = await anUpstream((incoming, response) => {
    if (incoming.url === '/fast') response.end(name);
    else void latch.opened.then(() => response.end(name));
  });
  return { ...app, open: latch.open, at: at(app.port, name) };
}

describe('an instance that leaves the table', () => {
  test('R-01 its request in flight completes', async () => {
    const [old, fresh] = [await aSlowApp('old'), await aSlowApp('fresh')];
    const { gateway, port } = await inFrontOf([old.at]);
    const inFlight = ask(port);
    await until(
      'the request is there',
      () => old.seen.length,
      (count) => count === 1,
    );
    await gateway.apply(aTable(2, [aService({ v2: [1, [fresh.at]] })]));
    expect(gateway.observe().inFlight).toEqual({ old: 1 });
    expect((await ask(port, { path: '/fast' })).body).toBe('fresh');
    old.open();
    expect(await inFlight).toMatchObject({ status: 200, body: 'old' });
    expect(gateway.observe().inFlight).toEqual({});
  });

  test('R-02 a request that outlasts the drain is answered with 504 when the instance is stopped', async () => {
    const old = await aSlowApp('old');
    const { gateway, port } = await inFrontOf([old.at]);
    const inFlight = ask(port);
    await until(
      'the request is there',
      () => old.seen.length,
      (count) => count === 1,
    );
    await gateway.apply(aTable(2, [aService({})]));
    await old.close();
    expect(await inFlight).toMatchObject({ status: 504, reason: 'drain_deadline' });
    expect(gateway.observe().inFlight).toEqual({});
  });

  test('R-03 an idle instance is free at once: nothing in flight, no connection left', async () => {
    const old = await aSlowApp('old');
    // It would keep an idle connection for longer than this test waits.
    old.server.keepAliveTimeout = 60_000;
    const { gateway, port } = await inFrontOf([old.at]);
    const agent = aKeepAliveAgent();
    await ask(port, { path: '/fast', agent });
    expect(old.connections.size).toBe(1);
    await gateway.apply(aTable(2, [aService({})]));
    expect(gateway.observe().inFlight).toEqual({});
    await until(
      'its idle connection is closed',
      () => old.connections.size,
      (size) => size === 0,
    );
  });

  test('R-11 it gets no new request, also not on a connection that a client keeps', async () => {
    const [old, fresh] = [await aSlowApp('old'), await aSlowApp('fresh')];
    const { gateway, port } = await inFrontOf([old.at]);
    const agent = aKeepAliveAgent();
    expect((await ask(port, { path: '/fast', agent })).body).toBe('old');
    await gateway.apply(aTable(2, [aService({ v2: [1, [fresh.at]] })]));
    const before = old.seen.length;
    for (let turn = 0; turn < 20; turn++) expect((await ask(port, { path: '/fast', agent })).body).toBe('fresh');
    expect(old.seen.length).toBe(before);
  });

  test('R-11 under load no request fails and none goes to the old one after the switch', async () => {
    const { gateway, port } = await aGateway();
    const agent = aKeepAliveAgent(16);
    const stop = new AbortController();
    let current = 1;
    const apps = [await aSlowApp('1')];
    await gateway.apply(aTable(1, [aService({ v1: [1, [apps[0]?.at ?? at(1)]] })]));
    const wrong: string[] = [];
    const client = async () => {
      while (!stop.signal.aborted) {
        const atLeast = current;
        const { status, body } = await ask(port, { path: '/fast', agent });
        if (status !== 200 || Number(body) < atLeast) wrong.push(`${status} ${body} while ${atLeast}`);
      }
    };
    const clients = Array.from({ length: 16 }, client);
    for (let version = 2; version <= 12; version++) {
      const app = await aSlowApp(String(version));
      apps.push(app);
      await gateway.apply(aTable(version, [aService({ [`v${version}`]: [1, [app.at]] })]));
      current = version;
      await until(
        'the old one is drained',
        () => gateway.observe().inFlight[String(version - 1)] ?? 0,
        (count) => count === 0,
      );
      await apps[version - 2]?.close();
      const target = app.seen.length + 20;
      await until(
        'the new one serves',
        () => app.seen.length,
        (count) => count >= target,
      );
    }
    stop.abort();
    await Promise.all(clients);
    expect(wrong).toEqual([]);
  });

  test('R-04 a WebSocket to it ends at once, with close code 1001; the application sees its end too', async () => {
    const app = await aWebSocketApp();
    const { gateway, port } = await inFrontOf([at(app.port, 'old')]);
    const socket = await openWebSocket(port);
    expect(await socket.echo('hello')).toBe('hello');
    expect(gateway.observe().inFlight).toEqual({ old: 1 });
    await gateway.apply(aTable(2, [aService({})]));
    expect(await socket.closed).toBe(1001);
    expect(gateway.observe().inFlight).toEqual({});
    await until(
      'the application lets go',
      () => app.open(),
      (count) => count === 0,
    );
  });

  test('R-04 the close frame comes between two frames, not into the middle of a large one', async () => {
    const app = await aWebSocketApp();
    const { gateway, port } = await inFrontOf([at(app.port, 'old')]);
    const socket = await openWebSocket(port);
    const large = 'x'.repeat(3_000_000);
    const echoed = socket.echo(large);
    await until(
      'the frame is under way',
      () => app.received(),
      (count) => count > 0,
    );
    await gateway.apply(aTable(2, [aService({})]));
    const [text, code] = await Promise.all([Promise.race([echoed, socket.closed.then(() => '')]), socket.closed]);
    // Either the whole message came first, or the stream was cut with a reason; a broken frame would be 1002 or 1007.
    expect([1001, 1006]).toContain(code);
    if (code === 1001 && text !== '') expect(text.length).toBe(large.length);
  });

  test('R-02 a request ends with 504 when its drain time is over, though the instance lives on; others are not touched', async () => {
    const [old, fresh] = [await aSlowApp('old'), await aSlowApp('fresh')];
    const { gateway, port } = await inFrontOf([old.at], { policy: { ...policy, drain: 60 } });
    const late = ask(port);
    await until(
      'the request is there',
      () => old.seen.length,
      (count) => count === 1,
    );
    await gateway.apply(aTable(2, [aService({ v2: [1, [fresh.at]] })]));
    const other = ask(port);
    expect(await late).toMatchObject({ status: 504, reason: 'drain_deadline' });
    expect(gateway.observe().inFlight).toEqual({ fresh: 1 });
    fresh.open();
    expect(await other).toMatchObject({ status: 200, body: 'fresh' });
  });

  test('one that comes back before its drain time is over keeps its requests', async () => {
    const app = await aSlowApp('app');
    const { gateway, port } = await inFrontOf([app.at], { policy: { ...policy, drain: 50 } });
    const slow = ask(port);
    await until(
      'the request is there',
      () => app.seen.length,
      (count) => count === 1,
    );
    await gateway.apply(aTable(2, [aService({})]));
    await gateway.apply(aTable(3, [aService({ v1: [1, [app.at]] }, { policy: { ...policy, drain: 50 } })]));
    // Longer than the drain time, seen by a request that is held for so long.
    await gateway.apply(aTable(4, [aService({ v1: [1, [app.at]] }, { pause: { kind: 'held', hold: 150 } })]));
    expect(await ask(port, { path: '/fast' })).toMatchObject({ status: 504, reason: 'held_too_long' });
    app.open();
    expect(await slow).toMatchObject({ status: 200, body: 'app' });
  });

  test.each([
    'chunked',
    'until closed',
  ])('an event stream (%s) is ended when its drain time is over, as if the application had', async (framing) => {
    const app = await anUpstream((_, response) => {
      if (framing !== 'chunked') response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    });
    const { gateway, port } = await inFrontOf([at(app.port, 'old')], { policy: { ...policy, drain: 50 } });
    const stream = ask(port);
    await until(
      'the request is there',
      () => gateway.observe().inFlight,
      ({ old }) => old === 1,
    );
    await until(
      'the first event',
      () => app.seen.length,
      (count) => count === 1,
    );
    await gateway.apply(aTable(2, [aService({})]));
    expect(await stream).toMatchObject({ status: 200, body: 'data: 1\n\n' });
    expect(gateway.observe().inFlight).toEqual({});
  });

  test('any other answer that is cut by the end of the drain breaks off: half of it must not look whole', async () => {
    const app = await anUpstream((_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).write('half'));
    const { gateway, port } = await inFrontOf([at(app.port, 'old')], { policy: { ...policy, drain: 50 } });
    const client = await aRawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await until('the first half', client.text, (text) => text.includes('half'));
    await gateway.apply(aTable(2, [aService({})]));
    expect(await client.ended()).not.toMatch(/\r\n0\r\n/);
  });

  test('an event stream goes on until the application ends it', async () => {
    const { opened, open } = aLatch();
    const app = await anUpstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      void opened.then(() => response.end('data: 2\n\n'));
    });
    const { gateway, port } = await inFrontOf([at(app.port, 'old')]);
    const client = await aRawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    await until('the first event', client.text, (text) => text.includes('data: 1'));
    await gateway.apply(aTable(2, [aService({})]));
    expect(gateway.observe().inFlight).toEqual({ old: 1 });
    open();
    expect(await client.ended()).toContain('data: 2');
  });
});

describe('a paused service', () => {
  const held = (app: { readonly at: ReturnType<typeof at> }, hold: number): RoutedService =>
    aService({ v1: [1, [app.at]] }, { pause: { kind: 'held', hold } });

  test('R-06 requests wait, and proceed when it resumes', async () => {
    const app = await aSlowApp('app');
    const { gateway, port } = await aGateway();
    await gateway.apply(aTable(1, [held(app, 10_000)]));
    const waiting = [ask(port, { path: '/fast' }), ask(port, { path: '/fast', method: 'POST', body: 'x'.repeat(500_000) })];
    const early = await Promise.race([
      ...waiting,
      ask(port, { headers: { host: 'h' }, path: '/fast' }),
      new Promise((resolve) => setImmediate(resolve)),
    ]);
    expect([early, app.seen]).toEqual([undefined, []]);
    await gateway.apply(aTable(2, [aService({ v1: [1, [app.at]] })]));
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
  });

  test('R-06 when the hold is over: 504', async () => {
    const app = await aSlowApp('app');
    const { gateway, port } = await aGateway();
    await gateway.apply(aTable(1, [held(app, 50)]));
    expect(await ask(port, { path: '/fast' })).toMatchObject({ status: 504, reason: 'held_too_long' });
    expect(app.seen).toEqual([]);
  });

  test('R-06 stopped while paused: those who wait hear the message at once, and so do all who come', async () => {
    const app = await aSlowApp('app');
    const { gateway, port } = await aGateway();
    await gateway.apply(aTable(1, [held(app, 60_000)]));
    const waiting = ask(port, { path: '/fast' });
    const client = await aRawClient(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await gateway.apply(aTable(2, [aService({ v1: [1, [app.at]] }, { pause: { kind: 'stopped', message: 'Back at nine – sharp.' } })]));
    const expected = { status: 503, reason: 'stopped', body: 'Back at nine – sharp.\n' };
    expect(await waiting).toMatchObject(expected);
    expect(await ask(port)).toMatchObject(expected);
    expect(app.seen).toEqual([]);
  });

  test('requests wait for the first instance of a service, and proceed as soon as a table brings it', async () => {
    const app = await aSlowApp('app');
    const { gateway, port } = await inFrontOf([], { policy: { ...policy, hold: 30_000 } });
    const waiting = ask(port, { path: '/fast' });
    const gone = await aRawClient(port);
    gone.socket.write('GET /fast HTTP/1.1\r\nHost: h\r\n\r\n');
    // A client that gives up while it waits must not be sent on later.
    gone.socket.destroy();
    await gateway.apply(aTable(2, [aService({ v1: [1, [app.at]] }, { policy: { ...policy, hold: 30_000 } })]));
    expect(await waiting).toMatchObject({ status: 200, body: 'app' });
  });

  test('a service without an instance is 503 when the hold is over', async () => {
    const { port } = await inFrontOf([], { policy: { ...policy, hold: 50 } });
    expect(await ask(port)).toMatchObject({ status: 503, reason: 'no_upstream' });
  });
});

describe('the gateway that stops', () => {
  test('takes no new connection, finishes what is in flight with Connection: close, and then is done', async () => {
    const app = await aSlowApp('app');
    const { gateway, port } = await inFrontOf([app.at]);
    const agent = aKeepAliveAgent(2);
    await ask(port, { path: '/fast', agent });
    const inFlight = ask(port, { agent });
    await until(
      'the request is there',
      () => app.seen.length,
      (count) => count === 2,
    );
    const stopped = gateway.stop(new AbortController().signal);
    await expect(ask(port, { path: '/fast' })).rejects.toThrow(/ECONNREFUSED/);
    app.open();
    expect(await inFlight).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await stopped;
    await until(
      'no connection to the application is left',
      () => app.connections.size,
      (size) => size === 0,
    );
  });

  test('tells WebSockets 1001, and cuts what is left when asked to', async () => {
    const [app, chat] = [await aSlowApp('app'), await aWebSocketApp()];
    const { gateway, port } = await aGateway();
    const services = [aService({ v1: [1, [app.at]] }, { key: 'a' }), aService({ v1: [1, [at(chat.port)]] }, { key: 'b' })];
    await gateway.apply(
      aTable(1, services, [
        { host: '*', path: '/', service: 'a' },
        { host: '*', path: '/chat', service: 'b' },
      ]),
    );
    const socket = await openWebSocket(port, '/chat');
    const stuck = ask(port).catch((error: unknown) => (error instanceof Error ? error.message : 'odd'));
    await until(
      'the request is there',
      () => app.seen.length,
      (count) => count === 1,
    );
    const cut = new AbortController();
    const stopped = gateway.stop(cut.signal);
    expect(await socket.closed).toBe(1001);
    cut.abort();
    await stopped;
    expect(await stuck).toMatch(/hang up|ECONNRESET/);
  });
});

describe('tables', () => {
  test('an older table, or another of the same version, is refused; the same again is fine', async () => {
    const { gateway } = await aGateway();
    const table = aTable(5, [aService({ v1: [1, [at(1)]] })]);
    await gateway.apply(table);
    await gateway.apply(structuredClone(table));
    await expect(gateway.apply(aTable(5, []))).rejects.toMatchObject({ code: 'write_conflict' });
    await expect(gateway.apply(aTable(4, []))).rejects.toMatchObject({ code: 'write_conflict' });
    expect(gateway.observe().version).toBe(5);
  });
});
