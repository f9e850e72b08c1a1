// The API client against real servers: answers, problems, broken connections, uploads that are refused half-way.
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiClient } from './client.ts';
import { createApiClient } from './client.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function against(listener: RequestListener, token?: string): Promise<ApiClient> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createApiClient({ kind: 'url', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`, token });
  cleanups.push(
    () => client.close(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return client;
}

const signal = AbortSignal.timeout(10_000);
const collect = async (items: AsyncIterable<unknown>) => {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
};

describe('the API client', () => {
  it('sends query, body, key and token, and reads JSON', async () => {
    const client = await against(async (request, response) => {
      const body = (await request.toArray()).join('');
      response.end(
        JSON.stringify({ url: request.url, body, key: request.headers['idempotency-key'], auth: request.headers.authorization }),
      );
    }, 'secret');
    expect(
      await client.json({
        method: 'POST',
        path: '/v1/a.b',
        query: { x: 1, y: undefined, z: 'a b' },
        json: { n: 1 },
        idempotencyKey: 'k',
        signal,
      }),
    ).toEqual({ url: '/base/v1/a.b?x=1&z=a+b', body: '{"n":1}', key: 'k', auth: 'Bearer secret' });
  });

  it('turns a problem document into the error that it was', async () => {
    const client = await against((_, response) => {
      response.writeHead(412, { 'content-type': 'application/problem+json' });
      response.end('{"code":"plan_drifted","detail":"Changed.","hint":"Plan again.","details":{"a":1}}');
    });
    await expect(client.json({ method: 'GET', path: '/', signal })).rejects.toMatchObject({
      code: 'plan_drifted',
      message: 'Changed.',
      hint: 'Plan again.',
      details: { a: 1 },
    });
  });

  it('takes an unknown code for internal, and a stranger for no daemon', async () => {
    const strange = await against((request, response) => {
      response.writeHead(502);
      response.end(request.url === '/base/known' ? '{"code":"from_the_future","detail":"New."}' : '<html>');
    });
    await expect(strange.json({ method: 'GET', path: '/known', signal })).rejects.toMatchObject({ code: 'internal', message: 'New.' });
    await expect(strange.json({ method: 'GET', path: '/', signal })).rejects.toMatchObject({ code: 'daemon_unavailable' });
  });

  it('names the next command when nobody listens', async () => {
    const client = createApiClient({ kind: 'socket', path: '/nonexistent/daemon.sock' });
    await expect(client.json({ method: 'GET', path: '/', signal })).rejects.toMatchObject({
      code: 'daemon_unavailable',
      message: 'No daemon answers at /nonexistent/daemon.sock.',
      hint: 'Run "codectl up" to start it.',
      details: { reached: false },
    });
  });

  it('tells a broken connection from one that never was', async () => {
    const client = await against((request) => request.socket.destroy());
    await expect(client.json({ method: 'GET', path: '/', signal })).rejects.toMatchObject({
      code: 'daemon_unavailable',
      details: { reached: true },
    });
  });

  it('rejects with the reason of an abort', async () => {
    const client = await against(() => undefined);
    const controller = new AbortController();
    const call = client.json({ method: 'GET', path: '/', signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('reads lines however they are cut, and skips signs of life', async () => {
    const client = await against(async (_, response) => {
      for (const piece of ['{"a":', '1}\n\n{"b":"', Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1), '"}\n']) {
        response.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end('{"c":3}');
    });
    expect(await collect(client.lines({ method: 'GET', path: '/', signal }))).toEqual([{ a: 1 }, { b: 'é' }, { c: 3 }]);
  });

  it('throws the problem that ends a sequence, and a cut in the middle', async () => {
    const told = await against((_, response) => response.end('{"a":1}\n{"problem":{"code":"instance_unknown","detail":"Gone."}}\n'));
    await expect(collect(told.lines({ method: 'GET', path: '/', signal }))).rejects.toMatchObject({ code: 'instance_unknown' });
    const cut = await against((request, response) => {
      response.write('{"a":1}\n', () => request.socket.destroy());
    });
    await expect(collect(cut.lines({ method: 'GET', path: '/', signal }))).rejects.toMatchObject({ code: 'daemon_unavailable' });
  });

  describe('sending content', () => {
    async function* megabytes(count: number) {
      for (let index = 0; index < count; index += 1) yield new Uint8Array(1_000_000);
    }

    it('streams it and reads the answer', async () => {
      const client = await against(async (request, response) => {
        let size = 0;
        for await (const chunk of request) size += (chunk as Buffer).length;
        response.end(JSON.stringify({ size, type: request.headers['content-type'] }));
      });
      expect(await client.json({ method: 'POST', path: '/', content: megabytes(5), signal })).toEqual({
        size: 5_000_000,
        type: 'application/octet-stream',
      });
    });

    it('takes a refusal that comes before everything was sent', async () => {
      const client = await against((_, response) => {
        response.writeHead(413, { connection: 'close' });
        response.end('{"code":"too_large","detail":"Too much."}');
      });
      await expect(client.json({ method: 'POST', path: '/', content: megabytes(3), signal })).rejects.toMatchObject({ code: 'too_large' });
    });

    it('throws what the content throws', async () => {
      const client = await against((request) => request.resume());
      const content = (async function* () {
        yield new Uint8Array(10);
        throw Object.assign(new Error('the file went away'), { code: 'ENOENT' });
      })();
      await expect(client.json({ method: 'POST', path: '/', content, signal })).rejects.toThrow('the file went away');
    });
  });
});
