// What visitors do on real servers: steps that follow on each other, values that are captured, WebSockets, streams of events, and answers in every framing.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { PhaseExhibit } from '../../src/model/proving/load.ts';
import type { LoadFlow, LoadPlan, LoadRequest } from '../../src/model/proving/scenario.ts';
import type { LoadGlance } from '../../src/proving/load/engine.ts';
import { openLoadEngine } from '../../src/proving/load/ours.ts';

const never = new AbortController().signal;
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  upgrade?: (request: IncomingMessage, socket: Socket) => void,
) {
  const server = createServer(handle);
  if (upgrade) server.on('upgrade', upgrade);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const get = (path: string, more: Partial<LoadRequest> = {}): LoadRequest => ({ name: path, method: 'GET', path, route: 'h', ...more });
const flow = (steps: LoadFlow['steps'], think = 0): LoadFlow => ({ name: 'visit', weight: 1, think, steps });

interface Told {
  readonly rate?: number;
  /** Ends the phase when so many have succeeded, however long that takes. */
  readonly until?: number;
}

async function load(port: number, plan: Partial<LoadPlan>, { rate = 40, until }: Told = {}): Promise<PhaseExhibit> {
  const engine = openLoadEngine({
    target: { host: '127.0.0.1', port },
    requests: [],
    seed: 1,
    keepAlive: true,
    timeout: 600_000,
    workers: 1,
    connections: 1_000,
    ...plan,
  });
  try {
    if (until === undefined) return await engine.run({ name: 'test', arrivals: { kind: 'constant', rate }, lasts: 1_000 }, never);
    const enough = new AbortController();
    const live = ({ succeeded }: LoadGlance) => void (succeeded >= until && enough.abort());
    return await engine.run({ name: 'test', arrivals: { kind: 'replay', rates: [rate] }, lasts: 600_000 }, enough.signal, live);
  } finally {
    await engine.close();
  }
}

describe('a visit', () => {
  it('goes from step to step with what it captured, each visitor with values of his own', async () => {
    const seen: string[] = [];
    const port = await listen((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        seen.push(`${request.method} ${request.url} ${String(request.headers['x-who'])} ${body}`);
        if (request.method === 'POST') return void response.writeHead(201, { location: '/orders/a b' }).end('{"order":{"id":"a\\"b c"}}');
        response.end('fine');
      });
    });
    const found = await load(
      port,
      {
        data: { item: { kind: 'list', values: ['apple', 'pear'] }, count: { kind: 'range', from: 3, to: 4 } },
        flows: [
          flow([
            get('/orders', {
              method: 'POST',
              body: '{"item":"{item}","count":{count}}',
              headers: { 'x-who': '{item}' },
              capture: { id: { from: 'json', path: 'order.id' }, place: { from: 'header', path: 'location' } },
            }),
            get('/orders/{id}?item={item}', { headers: { 'x-who': '{place}' } }),
          ]),
        ],
      },
      { until: 80 },
    );
    expect(found).toMatchObject({ offered: 80, succeeded: 80, failures: {} });
    expect(found.byRequest).toMatchObject({ '/orders': { succeeded: 40 }, '/orders/{id}?item={item}': { succeeded: 40 } });
    const posts = new Set(seen.filter((one) => one.startsWith('POST')));
    expect([...posts].sort()).toEqual([
      'POST /orders apple {"item":"apple","count":3}',
      'POST /orders apple {"item":"apple","count":4}',
      'POST /orders pear {"item":"pear","count":3}',
      'POST /orders pear {"item":"pear","count":4}',
    ]);
    const gets = new Set(seen.filter((one) => one.startsWith('GET')));
    expect([...gets].sort()).toEqual(['GET /orders/a%22b%20c?item=apple /orders/a b ', 'GET /orders/a%22b%20c?item=pear /orders/a b ']);
  });

  it('ends where an answer is bad, or lacks what the next step needs', async () => {
    const port = await listen((request, response) => {
      response.statusCode = request.url === '/bad' ? 500 : 200;
      response.end('{}');
    });
    const capture = { id: { from: 'json', path: 'id' } } as const;
    const bad = await load(port, { flows: [flow([get('/bad'), get('/after')])] });
    expect(bad).toMatchObject({ offered: 40, failures: { 500: 40 } });
    const lacking = await load(port, { flows: [flow([get('/', { capture }), get('/{id}')])] });
    expect(lacking).toMatchObject({ offered: 40, failures: { 'capture: the answer has no json id': 40 } });
  });

  it('chooses by weight', async () => {
    const port = await listen((_, response) => response.end());
    const found = await load(port, { requests: [get('/often', { weight: 9 }), get('/seldom')] }, { rate: 400 });
    const [often, seldom] = [found.byRequest['/often']?.succeeded ?? 0, found.byRequest['/seldom']?.succeeded ?? 0];
    expect(often + seldom).toBe(400);
    expect(seldom).toBeGreaterThan(10);
    expect(seldom).toBeLessThan(80);
  });
});

describe('an answer', () => {
  it('ends by its length, its chunks, its connection or its status, wherever it is cut', async () => {
    const answers: Readonly<Record<string, string>> = {
      '/length': 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngold',
      '/chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\ngo\r\n2\r\nld\r\n0\r\nTrailer: t\r\n\r\n',
      '/none': 'HTTP/1.1 204 No Content\r\n\r\n',
      '/interim': 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngold',
      '/close': 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ngold',
    };
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (asked: Buffer) => {
        const path = asked.toString('latin1').split(' ')[1] ?? '';
        const bytes = Buffer.from(answers[path] ?? '');
        // One byte after the other: no cut is left out.
        const next = (at: number): void => {
          if (at === bytes.length) return void (path === '/close' && socket.end());
          socket.write(bytes.subarray(at, at + 1), () => setImmediate(() => next(at + 1)));
        };
        next(0);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ending.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const gold = { checks: [{ kind: 'contains', text: 'gold' }] } as const;
    const requests = Object.keys(answers).map((path) => get(path, path === '/none' ? {} : gold));
    const found = await load(port, { requests });
    expect(found).toMatchObject({ offered: 40, succeeded: 40, failures: {} });
    expect(Object.keys(found.byRequest).sort()).toEqual(Object.keys(answers).sort());
  });

  it('that is no HTTP, or breaks off, is a failure by its name', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (asked: Buffer) => {
        const path = asked.toString('latin1').split(' ')[1];
        if (path === '/other') socket.write('SSH-2.0-x\r\n\r\n');
        else if (path === '/chunks') socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n');
        else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ngold');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ending.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const found = await load(port, { requests: [get('/other'), get('/chunks'), get('/short')] });
    expect(found.succeeded).toBe(0);
    expect(Object.keys(found.failures).sort()).toEqual(['ECONNRESET', 'the answer is not HTTP/1.1', 'the chunks of the answer are broken']);
  });
});

describe('other protocols', () => {
  it('a WebSocket is answered by its first message', async () => {
    const heard = new Set<string>();
    const upgrade = (request: IncomingMessage, socket: Socket) => {
      const accept = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.on('error', () => undefined);
      socket.on('data', (frame: Buffer) => {
        const mask = frame.subarray(2, 6);
        heard.add(Buffer.from(frame.subarray(6).map((byte, at) => byte ^ (mask[at % 4] ?? 0))).toString());
        // A ping first: it is no answer.
        socket.write(Buffer.concat([Buffer.of(0x89, 0), Buffer.of(0x81, 4), Buffer.from('gold')]));
      });
    };
    const port = await listen((_, response) => response.writeHead(404).end(), upgrade);
    const asked = get('/live', { protocol: 'websocket', body: 'hello', checks: [{ kind: 'contains', text: 'gold' }] });
    const found = await load(port, { requests: [asked] });
    expect(found).toMatchObject({ succeeded: 40, statuses: { 101: 40 }, failures: {} });
    expect([...heard]).toContain('hello');
    const refused = await listen((_, response) => response.writeHead(404).end());
    expect((await load(refused, { requests: [asked] })).failures).toEqual({ '404 instead of a WebSocket': 40 });
  });

  it('a stream of events is answered by its first event', async () => {
    const port = await listen((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': a comment is no event\n\n');
      if (request.url === '/ends') response.end();
      else response.write('event: price\ndata: gold\n\n');
    });
    const asked = (path: string) => get(path, { protocol: 'events', checks: [{ kind: 'contains', text: 'gold' }] });
    expect(await load(port, { requests: [asked('/live')] })).toMatchObject({ succeeded: 40, failures: {} });
    expect((await load(port, { requests: [asked('/ends')] })).failures).toEqual({ 'the stream ended before its first event': 40 });
  });
});
