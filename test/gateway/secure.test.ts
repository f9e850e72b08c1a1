// The gateway over TLS: a certificate by host, read again when it changes; who comes without TLS is sent on; a deploy breaks no connection.
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Authority } from '../../src/adapters/certificates/own/authority.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { SecureDoor } from '../../src/gateway/secure/door.ts';
import type { Route } from '../../src/model/route.ts';
import type { CertificateSource } from '../../src/model/tls/certificate.ts';
import { defaultTrafficPolicy } from '../../src/model/traffic.ts';
import { aDirectory, aKeptConnection, anAuthority, ask as askSecurely, day, handshake } from '../tls/kit.ts';
import { anUpstream, aService, ask, aTable, at, until } from './kit.ts';

let directory: string;
let authority: Authority;
const told: string[] = [];

beforeEach(async () => {
  directory = await aDirectory();
  authority = await anAuthority();
  told.length = 0;
  for (const place of ['hosts', 'files', 'challenges/http']) await mkdir(join(directory, place), { recursive: true });
});

async function opened(): Promise<{ readonly gateway: Gateway; readonly plain: number; readonly secure: number }> {
  const door = new SecureDoor({
    directory,
    given: join(directory, 'files'),
    handshakeTimeout: 60_000,
    tell: (message) => void told.push(message),
  });
  const gateway = new Gateway({ keep: async () => {}, secure: door });
  const { port: secure } = await gateway.listenSecurely(door, { host: '127.0.0.1', port: 0 });
  const { port: plain } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => gateway.stop(AbortSignal.abort()));
  return { gateway, plain, secure };
}

async function lay(host: string, place: 'hosts' | 'files' = 'hosts', names: readonly string[] = [host]): Promise<void> {
  const { certificate, key } = await authority.serve(names, day);
  await writeFile(join(directory, place, `${host}.pem`), `${certificate}${key}`);
}

function route(host: string, certificate: CertificateSource = 'own', redirect = true, hsts?: boolean): Route {
  return { host, path: '/', service: 'shop/test/web', tls: { certificate, redirect, ...(hsts !== undefined && { hsts }) } };
}

const service = (port: number) => aService({ v1: [1, [at(port)]] });
const to = (port: number, host: string) => ({ port, servername: host, headers: { host }, ca: authority.certificate });

describe('over TLS', () => {
  it('each host has its own certificate, by whoever it was laid down for', async () => {
    const { gateway, secure } = await opened();
    const upstream = await anUpstream((request, response) => void response.end(String(request.headers['x-forwarded-proto'])));
    await Promise.all([lay('one.test'), lay('two.test', 'files'), lay('three.test')]);
    // The third is there, and no route wants it; of the fourth there is none.
    await gateway.apply(aTable(1, [service(upstream.port)], [route('one.test'), route('two.test', 'file'), route('four.test', 'acme')]));
    for (const host of ['one.test', 'two.test']) expect(await askSecurely(to(secure, host))).toMatchObject({ status: 200, body: 'https' });
    for (const host of ['three.test', 'four.test', 'five.test']) await expect(askSecurely(to(secure, host))).rejects.toThrow();
    await expect(handshake({ port: secure, ca: authority.certificate })).rejects.toThrow();
  });

  it('it speaks HTTP/1.1 or what a client without ALPN means by it, by TLS 1.2 or 1.3, and nothing else', async () => {
    const { gateway, secure } = await opened();
    await lay('one.test');
    await gateway.apply(aTable(1, [service((await anUpstream()).port)], [route('one.test')]));
    const hands = { port: secure, servername: 'one.test', ca: authority.certificate };
    expect((await handshake({ ...hands, ALPNProtocols: ['h2', 'http/1.1'] })).alpnProtocol).toBe('http/1.1');
    expect((await handshake(hands)).getProtocol()).toBe('TLSv1.3');
    expect((await handshake({ ...hands, maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2');
    await expect(handshake({ ...hands, ALPNProtocols: ['h2'] })).rejects.toThrow();
    await expect(handshake({ ...hands, ALPNProtocols: ['acme-tls/1'] })).rejects.toThrow();
    await expect(handshake({ ...hands, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
    await expect(handshake({ ...hands, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' })).rejects.toThrow();
  });

  it('bodies of any size pass both ways, and a protocol that was agreed on', async () => {
    const { gateway, secure } = await opened();
    await lay('one.test');
    const large = Buffer.alloc(3 * 1024 * 1024, 'abc').toString('latin1');
    const upstream = await anUpstream(
      (request, response) => void (request.url === '/large' ? response.end(large) : request.pipe(response)),
    );
    upstream.server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.pipe(socket);
    });
    await gateway.apply(aTable(1, [service(upstream.port)], [route('one.test')]));
    expect((await askSecurely({ ...to(secure, 'one.test'), path: '/large' })).body.length).toBe(large.length);
    const socket = await handshake({ port: secure, servername: 'one.test', ca: authority.certificate });
    let seen = '';
    socket.on('data', (more: Buffer) => (seen += more.toString('latin1')));
    socket.write('GET / HTTP/1.1\r\nHost: one.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    await until(
      'the upgrade',
      () => seen,
      (text) => text.includes('101'),
    );
    socket.write('hello there');
    await until(
      'the echo',
      () => seen,
      (text) => text.endsWith('hello there'),
    );
  });

  it('a certificate that is replaced is shown to who comes next; one that is broken is not', async () => {
    const { gateway, secure } = await opened();
    await lay('one.test');
    await gateway.apply(aTable(1, [service((await anUpstream()).port)], [route('one.test')]));
    const fingerprint = async () =>
      (await handshake({ port: secure, servername: 'one.test', ca: authority.certificate })).getPeerCertificate().fingerprint256;
    const first = await fingerprint();
    await writeFile(join(directory, 'hosts', 'one.test.pem'), 'half of a fi');
    await until(
      'it is told',
      () => told,
      (lines) => lines.some((line) => line.includes('one.test')),
    );
    expect(await fingerprint()).toBe(first);
    await lay('one.test', 'hosts', ['other.test']);
    await until(
      'it is told',
      () => told,
      (lines) => lines.some((line) => line.includes('another host')),
    );
    expect(await fingerprint()).toBe(first);
    await lay('one.test');
    await until('the new one', fingerprint, (seen) => seen !== first);
  });

  it('tables that come and go break no connection, and lose no request', async () => {
    const { gateway, secure } = await opened();
    await lay('one.test');
    const [old, young] = [
      await anUpstream((_, response) => void response.end('old')),
      await anUpstream((_, response) => void response.end('young')),
    ];
    await gateway.apply(aTable(1, [service(old.port)], [route('one.test')]));
    const agent = aKeptConnection({ ca: authority.certificate, servername: 'one.test' });
    const next = () => askSecurely({ port: secure, headers: { host: 'one.test' }, agent });
    expect(await next()).toMatchObject({ body: 'old' });
    const kept = Object.values(agent.freeSockets).flat()[0];
    for (let version = 2; version <= 40; version++) {
      const [, answer] = await Promise.all([
        gateway.apply(aTable(version, [service(version % 2 ? old.port : young.port)], [route('one.test')])),
        next(),
      ]);
      expect(answer.status).toBe(200);
    }
    expect(await next()).toMatchObject({ body: 'young' });
    expect(Object.values(agent.freeSockets).flat()[0]).toBe(kept);
  });

  it('who shakes no hands is let go, and keeps nobody out', async () => {
    const door = new SecureDoor({ directory, given: join(directory, 'files'), handshakeTimeout: 50, tell: () => undefined });
    const gateway = new Gateway({ keep: async () => {}, secure: door });
    const { port } = await gateway.listenSecurely(door, { host: '127.0.0.1', port: 0 });
    onTestFinished(() => gateway.stop(AbortSignal.abort()));
    const { connect } = await import('node:net');
    const silent = connect({ host: '127.0.0.1', port });
    onTestFinished(() => void silent.destroy());
    silent.on('error', () => undefined).resume();
    await once(silent, 'close');
  });
});

describe('browsers are told to keep to TLS', () => {
  const told = 'max-age=31536000';
  const strictness = async (secure: number, host: string, path = '/') =>
    (await askSecurely({ ...to(secure, host), path })).headers['strict-transport-security'];

  it('over TLS only, at hosts whose certificate they believe, and where nobody said otherwise', async () => {
    const { gateway, plain, secure } = await opened();
    const upstream = await anUpstream((_, response) => void response.end('hello'));
    const hosts = ['acme.test', 'own.test', 'off.test', 'on.test', 'both.test'];
    await Promise.all([...hosts.map((host) => lay(host)), lay('file.test', 'files')]);
    const routes = [
      route('acme.test', 'acme'),
      route('file.test', 'file'),
      route('own.test'),
      route('off.test', 'acme', true, false),
      route('on.test', 'own', true, true),
      route('both.test', 'acme', false),
    ];
    await gateway.apply(aTable(1, [service(upstream.port)], routes));
    const seen = Object.fromEntries(await Promise.all(routes.map(async ({ host }) => [host, await strictness(secure, host)])));
    expect(seen).toEqual({ 'acme.test': told, 'file.test': told, 'on.test': told });
    for (const { host } of routes) {
      const { status, headers } = await ask(plain, { headers: { host } });
      expect([status, headers['strict-transport-security']]).toEqual([host === 'both.test' ? 200 : 308, undefined]);
    }
    await gateway.apply(
      aTable(2, [service(upstream.port)], [route('acme.test', 'acme', true, false), route('own.test', 'own', true, true)]),
    );
    expect([await strictness(secure, 'acme.test'), await strictness(secure, 'own.test')]).toEqual([undefined, told]);
  });

  it('by the application where it says something itself, again and again on one connection, and by what the gateway answers for it', async () => {
    const { gateway, secure } = await opened();
    const own = 'max-age=60; includeSubDomains';
    const upstream = await anUpstream((request, response) => {
      // Named as nobody else does, and the same name in a value.
      if (request.url === '/own') response.setHeader('STRICT-Transport-Security', own);
      response.setHeader('x-other', 'strict-transport-security: none').end('hello');
    });
    await lay('acme.test');
    await gateway.apply(aTable(1, [service(upstream.port)], [route('acme.test', 'acme')]));
    const agent = aKeptConnection({ ca: authority.certificate, servername: 'acme.test' });
    const next = async (path: string) =>
      (await askSecurely({ port: secure, path, headers: { host: 'acme.test' }, agent })).headers['strict-transport-security'];
    for (let round = 0; round < 3; round += 1) expect([await next('/own'), await next('/'), await next('/')]).toEqual([own, told, told]);
    await gateway.apply(
      aTable(2, [aService({ v1: [1, []] }, { policy: { ...defaultTrafficPolicy, hold: 0 } })], [route('acme.test', 'acme')]),
    );
    const refused = await askSecurely(to(secure, 'acme.test'));
    expect([refused.status, refused.headers['strict-transport-security']]).toEqual([503, told]);
  });
});

describe('without TLS', () => {
  it('requests are sent on as soon as there is a certificate, by whatever method, and keep their path', async () => {
    const { gateway, plain, secure } = await opened();
    const upstream = await anUpstream();
    await gateway.apply(aTable(1, [service(upstream.port)], [route('one.test')]));
    const get = (path = '/', method = 'GET') => ask(plain, { path, method, headers: { host: 'One.Test:80' } });
    expect(await get()).toMatchObject({ status: 200 });
    await lay('one.test');
    const moved = await until(
      'the redirect',
      () => get('/a/b?c=d%20e', 'POST'),
      ({ status }) => status !== 200,
    );
    expect([moved.status, moved.headers.location, moved.reason]).toEqual([308, `https://one.test:${secure}/a/b?c=d%20e`, 'https_only']);
    await rm(join(directory, 'hosts', 'one.test.pem'));
    await until('no redirect', get, ({ status }) => status === 200);
  });

  it('requests to other hosts, and where the manifest says so, go their way', async () => {
    const { gateway, plain } = await opened();
    await lay('two.test');
    const bare: Route = { host: 'one.test', path: '/', service: 'shop/test/web' };
    await gateway.apply(aTable(1, [service((await anUpstream()).port)], [bare, route('two.test', 'own', false)]));
    for (const host of ['one.test', 'two.test']) expect(await ask(plain, { headers: { host } })).toMatchObject({ status: 200 });
  });

  it('an authority finds what was laid down for it, and an application what is its own', async () => {
    const { gateway, plain } = await opened();
    await lay('one.test');
    const upstream = await anUpstream((request, response) => void response.end(`application ${request.url}`));
    await gateway.apply(aTable(1, [service(upstream.port)], [route('one.test')]));
    await writeFile(join(directory, 'challenges', 'http', 'a-token-of_ours'), 'a-token-of_ours.thumb');
    await writeFile(join(directory, 'secret'), 'never');
    const get = (name: string) => ask(plain, { path: `/.well-known/acme-challenge/${name}`, headers: { host: 'one.test' } });
    expect(await get('a-token-of_ours')).toMatchObject({ status: 200, body: 'a-token-of_ours.thumb' });
    for (const other of ['another', '../../secret', '..%2f..%2fsecret', ''])
      expect((await get(other)).body).toContain('application /.well-known/');
  });
});
