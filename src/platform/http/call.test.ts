// Where the engine may call for a manifest: checked at the address that is connected to, whatever name or notation leads there.
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isOutboundRule, outboundTo } from '../guard/network/outbound.ts';
import { call } from './call.ts';

const { signal } = new AbortController();
const limits = { timeout: 60_000, most: 100 };

async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const get = (url: string, rules: readonly string[] = []) => call({ method: 'GET', url, ...limits }, outboundTo(rules), signal);

describe('a call for a manifest', () => {
  it('goes anywhere by default, but to no address that hands out credentials, in any notation', async () => {
    const port = await serve((_, response) => response.end('7'));
    expect(await get(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'answer', status: 200, text: '7' });
    expect(await get(`http://localhost:${port}/`)).toMatchObject({ kind: 'answer', text: '7' });
    for (const host of [
      '169.254.169.254',
      '0xa9fea9fe',
      '2852039166',
      '[::ffff:169.254.169.254]',
      '[fe80::1]',
      '[fd00:ec2::254]',
      '0.0.0.0',
    ])
      expect(await get(`http://${host}:${port}/latest/meta-data`)).toMatchObject({
        kind: 'broken',
        because: expect.stringContaining('may not call'),
      });
  });

  it.each([
    'fd20:ce::254',
    '::a9fe:a9fe',
    '::169.254.169.254',
    '2002:a9fe:a9fe::1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '::',
  ])('does not go to %s, which leads where credentials are; to loopback it does', (address) => {
    expect(outboundTo([]).permits(address, address)).toBe(false);
    expect(outboundTo([address]).permits(address, address)).toBe(true);
    expect(outboundTo([]).permits('::1', '::1')).toBe(true);
  });

  it('goes only where the rules lead once there are any: by name, by domain, by network', async () => {
    const port = await serve((_, response) => response.end('7'));
    expect(await get(`http://127.0.0.1:${port}/`, ['metrics.example.org'])).toEqual({
      kind: 'broken',
      because: 'this engine may not call 127.0.0.1: see its setting calls_allowed',
    });
    expect(await get(`http://localhost:${port}/`, ['10.0.0.0/8'])).toMatchObject({
      because: expect.stringMatching(/^this engine may not call localhost \((127\.0\.0\.1|::1)\): see its setting calls_allowed$/),
    });
    expect(await get(`http://localhost:${port}/`, ['LocalHost'])).toMatchObject({ kind: 'answer' });
    expect(await get(`http://127.0.0.1:${port}/`, ['127.0.0.0/8'])).toMatchObject({ kind: 'answer' });
    const { permits } = outboundTo(['*.example.org', '169.254.170.2', 'link.example.net']);
    expect(
      (
        [
          ['a.b.example.org', '192.0.2.1'],
          ['example.org', '192.0.2.1'],
          ['evilexample.org', '192.0.2.1'],
          ['a.example.org', '169.254.169.254'],
          ['tasks', '169.254.170.2'],
          ['link.example.net', 'fe80::1'],
        ] as const
      ).map(([host, address]) => permits(host, address)),
    ).toEqual([true, false, false, false, true, false]);
  });

  it('follows no redirect, reads no more than was asked for, and says what broke', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/away') return response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      if (request.url === '/long') return response.end('x'.repeat(101));
      return request.pipe(response);
    });
    expect(await get(`http://127.0.0.1:${port}/away`)).toMatchObject({ kind: 'answer', status: 302 });
    expect(await get(`http://127.0.0.1:${port}/long`)).toEqual({ kind: 'broken', because: 'longer than 100 bytes' });
    const posted = await call(
      { method: 'POST', url: `http://127.0.0.1:${port}/`, body: 'täglich', headers: { a: 'b' }, ...limits },
      outboundTo([]),
      signal,
    );
    expect(posted).toMatchObject({ kind: 'answer', status: 200, text: 'täglich' });
    expect(await get('http://127.0.0.1:1/')).toEqual({ kind: 'broken', because: 'ECONNREFUSED' });
    expect(await get('http://nobody.invalid/')).toEqual({ kind: 'broken', because: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) });
  });

  it('follows a redirect where it may, as far as the host that was named, and says why it does not', async () => {
    const other = await serve((_, response) => response.end('others'));
    const places: Record<string, string> = {
      '/near': '/goal',
      '/twice': '/near',
      '/whole': '//127.0.0.1:PORT/goal',
      '/other': `http://127.0.0.1:${other}/`,
      '/inside': 'http://169.254.169.254/latest/',
      '/name': 'http://localhost/',
      '/file': 'file:///etc/passwd',
      '/round': '/round',
    };
    const port = await serve((request, response) => {
      const location = places[request.url ?? '']?.replace('PORT', String(port));
      if (location === undefined) response.end(request.url);
      else response.writeHead(302, { location }).end();
    });
    const follow = (path: string, redirects = 3) =>
      call({ method: 'GET', url: `http://127.0.0.1:${port}${path}`, redirects, ...limits }, outboundTo([]), signal);
    for (const path of ['/near', '/twice', '/whole'])
      expect(await follow(path)).toMatchObject({ kind: 'answer', status: 200, text: '/goal' });
    expect(await follow('/twice', 1)).toMatchObject({ status: 302 });
    expect(await follow('/round')).toMatchObject({ status: 302 });
    expect(await follow('/other')).toMatchObject({ because: `its redirect is not followed: its port ${other} is not one of the web` });
    expect(await follow('/inside')).toMatchObject({ because: expect.stringContaining('may not call 169.254.169.254') });
    expect(await follow('/name')).toMatchObject({ because: expect.stringContaining('private network') });
    expect(await follow('/file')).toMatchObject({ because: expect.stringContaining('neither an address nor a path') });
  });

  it('is given up with the signal', async () => {
    const end = new AbortController();
    const port = await serve(() => end.abort(new Error('no longer wanted')));
    await expect(call({ method: 'GET', url: `http://127.0.0.1:${port}/`, ...limits }, outboundTo([]), end.signal)).rejects.toThrow(
      'no longer wanted',
    );
  });
});

it('a rule is a host, a domain, an address or a network', () => {
  const good = ['metrics', 'a-b.example.org', '*.example.org', '10.0.0.1', '10.0.0.0/8', 'fd00::/8', '::1'];
  const bad = ['', '*', 'a b', '10.0.0.0/33', '10.0.0', '300.1.1.1', 'http://a', 'a.*.org', '-a', 'fd00::/129'];
  expect(good.filter((rule) => !isOutboundRule(rule))).toEqual([]);
  expect(bad.filter(isOutboundRule)).toEqual([]);
});
