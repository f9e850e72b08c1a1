// The sample shop, each program started as plain node starts it: what it promises must hold without the engine.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseManifest } from '../../src/model/manifest/parse.ts';
import { resolveManifest } from '../../src/model/manifest/resolve.ts';

const shop = fileURLToPath(new URL('../../examples/shop', import.meta.url));
const httpServer = fileURLToPath(new URL('../../node_modules/http-server/bin/http-server', import.meta.url));

interface Program {
  readonly child: ChildProcess;
  /** Where it listens; 0 for a program that does not. */
  readonly port: number;
  /** Everything it printed so far, a line each. */
  readonly lines: readonly string[];
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

interface Order {
  readonly id: number;
  readonly shippedAt: string | null;
}

interface Answer<T> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Parsed when it is JSON. */
  readonly body: T;
}

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'code-shop-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Starts a program and waits for the line that says it is ready. */
async function start(cwd: string, args: readonly string[], env: Record<string, string>, ready: RegExp): Promise<Program> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => lines.push(line));
  await expect.poll(() => lines.some((line) => ready.test(line)) || child.exitCode !== null, { timeout: 180_000 }).toBe(true);
  const line = lines.find((one) => ready.test(one));
  if (line === undefined) throw new Error(`${args.join(' ')} did not become ready:\n${lines.join('\n')}`);
  return { child, port: Number(/:(\d+)/.exec(line)?.[1] ?? 0), lines, exited };
}

const startApi = (data: string, env: Record<string, string> = {}, from = shop) =>
  start(join(from, 'api'), ['server.js'], { CODE_VOLUME_DATA: data, ...env }, /listens on/);
const startWorker = (data: string) =>
  start(join(shop, 'worker'), ['worker.js'], { CODE_VOLUME_DATA: data, SHIP_EVERY: '10' }, /waits for orders/);

async function call<T = Readonly<Record<string, unknown>>>(
  port: number,
  path: string,
  options: { readonly method?: string; readonly body?: string; readonly agent?: Agent } = {},
): Promise<Answer<T>> {
  const { method = options.body === undefined ? 'GET' : 'POST', agent } = options;
  const outgoing = request({ host: '127.0.0.1', port, path, method, agent });
  outgoing.end(options.body);
  const [response] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const json = String(response.headers['content-type']).includes('json');
  return { status: response.statusCode, headers: response.headers, text, body: json ? JSON.parse(text) : undefined };
}

const order = (port: number, product = 'tea', quantity = 1) =>
  call<Order>(port, '/api/orders', { body: JSON.stringify({ product, quantity }) });

async function allOrders(port: number): Promise<Order[]> {
  const found: Order[] = [];
  for (let last = 0; ; ) {
    const { body } = await call<Order[]>(port, `/api/orders?after=${last}`);
    const newest = body.at(-1);
    if (newest === undefined) return found;
    found.push(...body);
    last = newest.id;
  }
}

describe('the manifest of the shop', () => {
  it('is valid, and every directory and program in it exists', async () => {
    const spec = resolveManifest(parseManifest(await readFile(join(shop, 'code.yaml'), 'utf8'), 'code.yaml'), {
      defaultRuntime: 'process',
    });
    expect(spec.services.map(({ name }) => name).sort()).toEqual(['api', 'static', 'web', 'worker']);
    for (const { name, source } of spec.services) {
      if (source.kind !== 'run') throw new Error(`${name} is not run from a directory`);
      const [program, file = ''] = source.command;
      await access(resolve(shop, source.directory, file));
      expect(program).toBe(name === 'static' ? 'http-server' : 'node');
    }
    const volumes = new Map(spec.services.filter(({ volumes }) => volumes.length > 0).map(({ name, volumes }) => [name, volumes[0]?.name]));
    expect(volumes).toEqual(
      new Map([
        ['api', 'data'],
        ['worker', 'data'],
      ]),
    );
  });
});

describe('the API', () => {
  it('says its version and its own name, also in a header of every answer', async () => {
    const { port } = await startApi(await directory(), { CODE_INSTANCE: 'api-1' });
    const answer = await call(port, '/api/version');
    expect(answer).toMatchObject({ status: 200, body: { version: '1.0.0', instance: 'api-1' } });
    expect(answer.headers['x-shop-version']).toBe('1.0.0');
    expect(await call(port, '/healthz')).toMatchObject({ status: 200, headers: { 'x-shop-version': '1.0.0' } });
    expect(await call(port, '/nowhere')).toMatchObject({ status: 404, headers: { 'x-shop-version': '1.0.0' } });
  });

  it('takes orders and gives them back one by one, after one, and newest first', async () => {
    const { port } = await startApi(await directory());
    const ids = async (path: string) => (await call<Order[]>(port, path)).body.map(({ id }) => id);
    const placed = [await order(port), await order(port, 'cup', 3), await order(port, 'cocoa')];
    expect(placed.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(placed[1]).toMatchObject({
      headers: { location: '/api/orders/2' },
      body: { id: 2, product: 'cup', quantity: 3, shippedAt: null },
    });
    expect((await call(port, '/api/orders/2')).body).toEqual(placed[1]?.body);
    const named = await call(port, '/api/orders', { body: '{"product":"tea","reference":"mine-7"}' });
    expect(named.body).toMatchObject({ id: 4, reference: 'mine-7' });
    expect((await call(port, '/api/orders/3')).body).toMatchObject({ reference: null });
    expect(await ids('/api/orders?after=1')).toEqual([2, 3, 4]);
    expect(await ids('/api/orders?after=0&limit=1')).toEqual([1]);
    expect(await ids('/api/orders?newest=2')).toEqual([4, 3]);
    const products = (await call<{ readonly name: string }[]>(port, '/api/products')).body.map(({ name }) => name);
    expect(products).toContain('tea');
  });

  it.each([
    ['no JSON', 'tea please', 400],
    ['no object', '7', 400],
    ['an unknown product', '{"product":"gold"}', 422],
    ['a product that is a trap', '{"product":"__proto__"}', 422],
    ['half a cup', '{"product":"cup","quantity":0.5}', 422],
    ['too much', '{"product":"cup","quantity":101}', 422],
    ['a reference with a blank', '{"product":"tea","reference":"my order"}', 422],
    ['a reference that is none', '{"product":"tea","reference":7}', 422],
    ['a novel', `{"product":"${'x'.repeat(20_000)}"}`, 413],
  ])('refuses %s, and stores nothing', async (_, body, status) => {
    const { port } = await startApi(await directory());
    expect((await call(port, '/api/orders', { body })).status).toBe(status);
    expect(await allOrders(port)).toEqual([]);
  });

  it.each([
    ['/api/orders/9', 404],
    ['/api/orders/1%20OR%201', 404],
    ['/api/orders?after=x', 400],
    ['/api/orders?newest=-1', 400],
  ])('answers %s with %i', async (path, status) => {
    const { port } = await startApi(await directory());
    expect((await call(port, path)).status).toBe(status);
  });

  it('answers whoever sends far too much when all of it was sent, on a connection that goes on', async () => {
    const { port } = await startApi(await directory());
    const socket = connect(port, '127.0.0.1');
    const post = (path: string) => `POST ${path} HTTP/1.1\r\nHost: shop\r\nContent-Length: ${2 ** 24}\r\n\r\n${'x'.repeat(2 ** 24)}`;
    socket.write(`${post('/api/orders')}${post('/api')}GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`);
    let answers = '';
    for await (const chunk of socket.setEncoding('latin1')) answers += String(chunk);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  });

  it('keeps connections open between answers', async () => {
    const { port } = await startApi(await directory());
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect((await call(port, '/healthz', { agent })).headers.connection).toBe('keep-alive');
    expect((await call(port, '/api/orders', { agent, body: '{"product":"tea"}' })).headers.connection).toBe('keep-alive');
  });

  it('loses no confirmed order when it is killed', async () => {
    const data = await directory();
    const first = await startApi(data);
    const confirmed: number[] = [];
    const senders = Array.from({ length: 4 }, async () => {
      try {
        for (;;) confirmed.push((await order(first.port)).body.id);
      } catch {
        // The connection broke because the process is gone: what was not confirmed may or may not be there.
      }
    });
    await expect.poll(() => confirmed.length, { timeout: 180_000 }).toBeGreaterThan(50);
    first.child.kill('SIGKILL');
    await Promise.all(senders);
    const second = await startApi(data);
    const found = new Set((await allOrders(second.port)).map(({ id }) => id));
    expect(confirmed.filter((id) => !found.has(id))).toEqual([]);
  });

  it('shares its database with other replicas that start and write at the same time', async () => {
    const data = await directory();
    const replicas = await Promise.all([startApi(data), startApi(data), startApi(data)]);
    const answers = await Promise.all(Array.from({ length: 90 }, (_, i) => order(replicas[i % 3]?.port ?? 0)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const ids = answers.map(({ body }) => body.id).sort((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: 90 }, (_, i) => i + 1));
    for (const { port } of replicas) expect(await allOrders(port)).toHaveLength(90);
  });

  it('finishes what is under way when it is told to stop, and takes nothing new', async () => {
    const { port, child, lines, exited } = await startApi(await directory());
    const body = '{"product":"tea","quantity":2}';
    const slow = connect(port, '127.0.0.1');
    const answer: Buffer[] = [];
    slow.on('data', (chunk) => answer.push(chunk));
    slow.write(`POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
    // The server has the first half once another request on a later connection is answered.
    await call(port, '/healthz');
    child.kill('SIGTERM');
    await expect.poll(() => lines.some((line) => line.includes('api stops'))).toBe(true);
    await expect(call(port, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(child.exitCode).toBeNull();
    slow.write(body.slice(10));
    expect(await exited).toEqual({ code: 0, signal: null });
    const text = Buffer.concat(answer).toString('utf8');
    expect(text).toContain('HTTP/1.1 201');
    expect(text.toLowerCase()).toContain('connection: close');
    expect(text).toContain('"quantity":2');
  });

  it('is not held up by idle connections when it is told to stop', async () => {
    const { port, child, exited } = await startApi(await directory());
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await call(port, '/healthz', { agent });
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  it('ships a new version by an edit of one line, and a broken one never becomes healthy', async () => {
    const copy = await directory();
    await cp(shop, copy, { recursive: true });
    const file = join(copy, 'api/version.js');
    const edit = async (text: string) => writeFile(file, (await readFile(file, 'utf8')).replace(/'\d[^']*'/, `'${text}'`));
    await edit('2.0.0');
    const good = await startApi(await directory(), {}, copy);
    expect((await call(good.port, '/api/version')).body.version).toBe('2.0.0');
    expect((await call(good.port, '/healthz')).status).toBe(200);
    await edit('3.0.0-broken');
    const broken = await startApi(await directory(), {}, copy);
    expect(await call(broken.port, '/healthz')).toMatchObject({ status: 503, body: { error: 'version 3.0.0-broken is broken' } });
  });
});

describe('the worker', () => {
  it('waits for the API to make the database, then ships every order once, however many workers there are', async () => {
    const data = await directory();
    const workers = [await startWorker(data), await startWorker(data)];
    const { port } = await startApi(data);
    await Promise.all(Array.from({ length: 120 }, () => order(port)));
    await expect.poll(async () => (await allOrders(port)).every(({ shippedAt }) => shippedAt !== null), { timeout: 180_000 }).toBe(true);
    for (const { child, exited } of workers) {
      child.kill('SIGTERM');
      expect(await exited).toEqual({ code: 0, signal: null });
    }
    const shipped = workers.flatMap(({ lines }) => lines.flatMap((line) => /^shipped order (\d+): 1 x tea$/.exec(line)?.[1] ?? []));
    expect(shipped.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    expect(workers.map(({ lines }) => lines.at(-1))).toEqual(['worker stopped', 'worker stopped']);
  });
});

describe('the front end', () => {
  const startWeb = (env: Record<string, string>) => start(join(shop, 'web'), ['server.js'], env, /listens on/);

  it('shows products and orders that it got from the API', async () => {
    const api = await startApi(await directory());
    await order(api.port, 'cup', 7);
    const { port } = await startWeb({ API_URL: `http://127.0.0.1:${api.port}` });
    const page = await call(port, '/');
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(page.text).toContain('Darjeeling');
    expect(page.text).toContain('7 × cup');
    expect(page.text).toContain('<b id="version">1.0.0</b>');
  });

  it('lets browsers run its own script and style, and no other', async () => {
    const { port } = await startWeb({ API_URL: 'http://127.0.0.1:1' });
    const { text, headers } = await call(port, '/');
    const policy = String(headers['content-security-policy']);
    for (const [name, inside] of [...text.matchAll(/<(script|style)[^>]*>([^]*?)<\/\1>/g)].map(
      ([, own = '', rest = '']) => [own, rest] as const,
    )) {
      const digest = createHash('sha256').update(inside).digest('base64');
      expect(policy).toContain(`${name}-src 'sha256-${digest}'`);
    }
    expect(policy).toContain("default-src 'none'");
  });

  it('is healthy and answers when the API does not, so that the browser can ask for itself', async () => {
    const { port, lines } = await startWeb({ API_URL: 'http://127.0.0.1:1' });
    expect((await call(port, '/healthz')).status).toBe(200);
    const page = await call(port, '/');
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('Darjeeling');
    expect(lines.some((line) => line.includes('the API did not answer'))).toBe(true);
    expect((await call(port, '/nowhere')).status).toBe(404);
    expect((await call(port, '/', { method: 'DELETE' })).status).toBe(405);
  });

  it('stops when it is told to', async () => {
    const { child, exited } = await startWeb({});
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 0, signal: null });
  });
});

describe('the static pages', () => {
  it('are served by http-server from npm', async () => {
    const { port } = await start(
      join(shop, 'static'),
      [httpServer, 'public', '-p', '0', '-a', '127.0.0.1', '-c-1'],
      { NO_COLOR: '1' },
      /http:\/\/127\.0\.0\.1:\d+/,
    );
    expect(await call(port, '/')).toMatchObject({ status: 200, text: expect.stringContaining('Delivery and returns') });
    expect(await call(port, '/imprint.html')).toMatchObject({ status: 200, text: expect.stringContaining('Imprint') });
    expect((await call(port, '/style.css')).headers['content-type']).toContain('text/css');
  });
});
