// What a caller costs before it is known to be allowed: a head, and nothing of its content; and what is told to callers who speak no HTTP.
import { once } from 'node:events';
import type { NetConnectOpts, Socket } from 'node:net';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Budget } from '../../src/surfaces/http/body.ts';
import { createListener, listenerLimits } from '../../src/surfaces/http/listener.ts';
import { until } from '../kit/until.ts';
import type { Served } from './kit.ts';
import { goodToken, serve } from './kit.ts';

let served: Served;
const sockets: Socket[] = [];
beforeEach(async () => {
  served = await serve();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await served.stop();
});

interface Wire {
  readonly socket: Socket;
  /** All that came so far. */
  readonly text: () => string;
}

async function open(to: NetConnectOpts, head: readonly string[], content = ''): Promise<Wire> {
  const socket = connect(to);
  sockets.push(socket);
  socket.on('error', () => undefined);
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => (text += more));
  await once(socket, 'connect');
  socket.write(`${head.join('\r\n')}\r\n\r\n${content}`);
  return { socket, text: () => text };
}

const tcp = (): NetConnectOpts => ({ host: '127.0.0.1', port: Number(new URL(served.url).port) });
const post = (path: string, ...headers: readonly string[]) => [`POST ${path} HTTP/1.1`, 'Host: localhost', ...headers];
const ended = async ({ socket, text }: Wire) => {
  await until(
    async () => socket.readableEnded || socket.destroyed,
    (gone) => gone,
  );
  return text();
};

describe('before a content is read', () => {
  const large = ['Content-Type: application/json', 'Content-Length: 1900000'];

  it.each([
    ['no token', [], '401', 'unauthenticated'],
    ['a wrong token', ['Authorization: Bearer wrong'], '401', 'unauthenticated'],
    ['a token that may not write', [`Authorization: Bearer ${goodToken}`], '403', 'denied'],
  ])('a caller with %s is refused and cut off', async (_, headers, status, code) => {
    const answer = await ended(await open(tcp(), post('/v1/things.make', ...large, ...headers), '{"name":"'));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`"code":"${code}"`);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(served.witness.applied).toEqual([]);
  });

  it('the same holds for raw content', async () => {
    const head = post('/v1/things.put?name=a', 'Content-Type: application/octet-stream', 'Content-Length: 900000');
    expect(await ended(await open(tcp(), head, 'some'))).toMatch(/^HTTP\/1.1 401 /);
    expect(served.witness.received).toEqual([]);
  });

  it('contents that are read whole are bounded together, and give back when they end', async () => {
    const chunked = post('/v1/things.make', 'Content-Type: application/json', 'Transfer-Encoding: chunked');
    const local: NetConnectOpts = { path: served.socket };
    const half = await Promise.all(Array.from({ length: 36 }, () => open(local, chunked)));
    const statusNow = async () =>
      (await ended(await open(local, [...chunked, 'Connection: close'], 'e\r\n{"name":"tea"}\r\n0\r\n\r\n'))).slice(9, 12);
    await until(statusNow, (status) => status === '429');
    const before = served.witness.applied.length;
    half[0]?.socket.destroy();
    await until(statusNow, (status) => status === '200');
    expect(served.witness.applied).toHaveLength(before + 1);
  });

  it('connections, heads and contents have their limits', () => {
    const server = createListener(() => undefined);
    expect(server).toMatchObject({ maxConnections: 1_000, headersTimeout: 10_000, requestTimeout: listenerLimits.request });
  });

  it('a budget is given back once, however often', () => {
    const budget = new Budget(10);
    const back = budget.reserve(8);
    expect(() => budget.reserve(3)).toThrow(expect.objectContaining({ code: 'rate_limited' }));
    back();
    back();
    budget.reserve(10);
    expect(() => budget.reserve(1)).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  });
});

describe('/metrics', () => {
  it('names applications only to tokens that may read, and to whoever may open the socket', async () => {
    const refused = await fetch(`${served.url}/metrics`);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([401, expect.stringContaining('application/problem+json')]);
    expect((await fetch(`${served.url}/metrics`, { headers: { authorization: `Bearer ${goodToken}` } })).status).toBe(200);
    expect(await ended(await open({ path: served.socket }, ['GET /metrics HTTP/1.0']))).toMatch(/^HTTP\/1.1 200 /);
  });

  it.each(['/healthz', '/readyz'])('%s stays open', async (path) => {
    expect((await fetch(`${served.url}${path}`)).status).toBe(200);
  });
});

describe('requests that two readers see differently', () => {
  it.each([
    ['several hosts', ['GET /healthz HTTP/1.1', 'Host: localhost', 'Host: localhost']],
    ['chunks in HTTP/1.0', ['POST /healthz HTTP/1.0', 'Host: localhost', 'Connection: keep-alive', 'Transfer-Encoding: chunked']],
  ])('are refused, and nothing follows them: %s', async (_, head) => {
    const answer = await ended(await open(tcp(), head, '0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain('"alive"');
  });

  it('raw content that says that it is too large is refused by that', async () => {
    const fields = [`Authorization: Bearer ${goodToken}`, 'Content-Type: application/octet-stream', 'Content-Length: 100000000'];
    const wire = await open(tcp(), post('/v1/things.put?name=a', ...fields));
    wire.socket.end();
    await ended(wire);
    expect(served.witness.received).toEqual([]);
  });
});

describe('requests that cannot be read', () => {
  it.each([
    ['GET /% HTTP/1.1', 'Host: localhost', '400'],
    ['GET /% HTTP/1.1', 'Host: evil.example', '403'],
    ['FOO / HTTP/1.1', 'Host: localhost', '400'],
    ['GET / HTTP/1.1', `X: ${'a'.repeat(20_000)}`, '431'],
  ])('are answered with a problem: %s, %.20s', async (line, host, status) => {
    const answer = await ended(await open(tcp(), [line, host, 'Connection: close']));
    expect(answer.slice(9, 12)).toBe(status);
    expect(answer).toMatch(/\r\ncontent-type: application\/problem\+json/i);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: Number(status), code: expect.any(String) });
  });
});
