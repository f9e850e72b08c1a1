// The HTTP API over TLS: what it speaks, to whom, what it tells browsers, and that a new certificate breaks nobody's connection.
import { once } from 'node:events';
import type { NetConnectOpts } from 'node:net';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Authority } from '../../src/adapters/certificates/own/authority.ts';
import { makePair } from '../../src/adapters/certificates/x509.ts';
import { CodeError } from '../../src/base/errors.ts';
import { createListener, listenerLimits } from '../../src/surfaces/http/listener.ts';
import { until } from '../kit/until.ts';
import type { Served } from '../surfaces/kit.ts';
import { goodToken, serve } from '../surfaces/kit.ts';
import { aKeptConnection, anAuthority, ask, day, handshake, Shown } from './kit.ts';

let served: Served;
let authority: Authority;
let shown: Shown;
let port: number;
const counted: string[] = [];
const bearer = { authorization: `Bearer ${goodToken}` };

beforeEach(async () => {
  authority = await anAuthority();
  counted.length = 0;
  served = await serve({ allowedHosts: ['engine.example.org'], count: (from) => void counted.push(from) });
  shown = new Shown(await authority.serve(['localhost', '127.0.0.1', 'engine.example.org'], day));
  port = Number(new URL(await served.surface.listenTcp('127.0.0.1', 0, shown)).port);
});
afterEach(() => served.stop());

/** The name in the handshake would else be that of the Host field. */
const trusted = () => ({ ca: authority.certificate, servername: 'localhost' });
const show = '/v1/things.show?name=tea';

describe('the API over TLS', () => {
  it('answers who trusts the authority, by TLS 1.3', async () => {
    expect(await ask({ port, path: show, headers: bearer, ...trusted() })).toMatchObject({ status: 200 });
    const socket = await handshake({ port, ...trusted() });
    expect(socket.getProtocol()).toBe('TLSv1.3');
  });

  it('answers nobody who trusts others, who offers less than TLS 1.3, or who speaks none', async () => {
    await expect(ask({ port, path: show })).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await expect(handshake({ port, maxVersion: 'TLSv1.2', ...trusted() })).rejects.toMatchObject({
      code: expect.stringContaining('PROTOCOL_VERSION'),
    });
    const plain = connect({ host: '127.0.0.1', port } satisfies NetConnectOpts);
    onTestFinished(() => void plain.destroy());
    plain.on('error', () => undefined);
    let text = '';
    plain.on('data', (more: Buffer) => (text += more.toString('latin1')));
    plain.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(plain, 'close');
    expect(text).not.toContain('alive');
  });

  it('shows another certificate to who comes next, and breaks no connection', async () => {
    const agent = aKeptConnection(trusted());
    const before = await ask({ port, path: show, headers: bearer, agent });
    const [, first] = [before, (await handshake({ port, ...trusted() })).getPeerCertificate().fingerprint256];
    shown.change(await authority.serve(['localhost', '127.0.0.1'], 2 * day));
    const second = (await handshake({ port, ...trusted() })).getPeerCertificate().fingerprint256;
    expect(second).not.toBe(first);
    const kept = Object.values(agent.freeSockets).flat()[0];
    expect(await ask({ port, path: show, headers: bearer, agent })).toMatchObject({ status: 200 });
    expect(Object.values(agent.freeSockets).flat()[0]).toBe(kept);
  });
});

describe('clients with certificates', () => {
  const holder = async (from: Authority, name: string) => {
    const { privateKey, publicKey } = await makePair();
    return { cert: await from.admit(name, publicKey, day), key: privateKey };
  };

  it('come in as the token that theirs stands for; others do not get as far as a request', async () => {
    const strict = new Shown(await authority.serve(['localhost', '127.0.0.1'], day), authority.certificate);
    const at = Number(new URL(await served.surface.listenTcp('127.0.0.1', 0, strict)).port);
    const known = await holder(authority, 't-good');
    const told = await ask({ port: at, path: show, ...trusted(), ...known });
    expect([told.status, JSON.parse(told.body)]).toEqual([200, expect.objectContaining({ who: 'token:ci' })]);
    const revoked = await ask({ port: at, path: show, ...trusted(), ...(await holder(authority, 't-revoked')) });
    expect([revoked.status, revoked.body]).toEqual([401, expect.stringContaining('certificate')]);
    expect(await ask({ port: at, path: show, headers: bearer, ...trusted(), ...known })).toMatchObject({ status: 200 });
    expect(await ask({ port: at, path: show, headers: bearer, ...trusted(), ...(await holder(authority, 't-revoked')) })).toMatchObject({
      status: 401,
    });
    const seen = counted.length;
    await expect(ask({ port: at, path: show, headers: bearer, ...trusted() })).rejects.toThrow();
    await expect(ask({ port: at, path: show, ...trusted(), ...(await holder(await anAuthority(), 't-good')) })).rejects.toThrow();
    expect(counted).toHaveLength(seen);
  });
});

describe('what browsers are told', () => {
  const hardened = {
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };

  it.each([
    ['an answer', show, bearer, 200],
    ['a refusal', show, {}, 401],
    ['a page', '/healthz', {}, 200],
    ['nothing', '/nowhere', {}, 404],
    ['an address that cannot be read', '/%zz', {}, 400],
    ['a foreign host', '/healthz', { host: 'evil.example' }, 403],
    ['a stream', '/v1/observe.events?until=2', bearer, 200],
  ])('goes with %s', async (_, path, headers, status) => {
    const told = await ask({ port, path, headers: { host: 'engine.example.org', ...headers }, ...trusted() });
    expect([told.status, told.headers]).toEqual([status, expect.objectContaining(hardened)]);
    if (!('host' in headers)) expect(told.headers['strict-transport-security']).toBe('max-age=31536000');
  });

  it('binds no other program of this machine to TLS', async () => {
    const told = await ask({ port, path: '/healthz', headers: { host: `localhost:${port}` }, ...trusted() });
    expect([told.status, told.headers['strict-transport-security']]).toEqual([200, undefined]);
  });
});

describe('pages of other sites', () => {
  const from = (headers: Readonly<Record<string, string>>) =>
    ask({ port, path: show, headers: { ...bearer, host: 'engine.example.org', ...headers }, ...trusted() });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['the same name without TLS', { origin: 'http://engine.example.org' }],
    ['no origin that it will tell', { origin: 'null' }],
    ['a site that the browser calls another', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    ['another port of the same name', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
    ['a name that leads here (DNS rebinding)', { host: 'evil.example' }],
    ['a name that begins like ours', { host: 'engine.example.org.evil.example' }],
  ])('are refused by %s', async (_, headers) => {
    expect(await from(headers)).toMatchObject({ status: 403, body: expect.stringContaining('"denied"') });
  });

  it.each([
    ['a program', {}],
    ['its own page', { origin: 'https://engine.example.org', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
    ['a bookmark', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
  ])('are not %s', async (_, headers) => {
    expect(await from(headers)).toMatchObject({ status: 200 });
  });
});

describe('limits', () => {
  it('count what comes from an address, but contents, and say when to come again', async () => {
    await ask({ port, path: show, headers: bearer, ...trusted() });
    await ask({ port, path: '/nowhere', ...trusted() });
    await ask({
      port,
      path: '/v1/things.put?name=a',
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/octet-stream' },
      ...trusted(),
    });
    expect(counted).toEqual(['127.0.0.1', '127.0.0.1']);
    const busy = await serve({
      count: () => {
        throw new CodeError('rate_limited', 'too often', { details: { retry_after_ms: 1_200 } });
      },
    });
    onTestFinished(() => busy.stop());
    const told = await fetch(`${busy.url}/healthz`);
    expect([told.status, told.headers.get('retry-after')]).toEqual([429, '2']);
  });

  it('leave room for others: one address has so many connections and no more', async () => {
    const server = createListener((_, response) => void response.end('ok'), undefined, { ...listenerLimits, perAddress: 2 });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: at } = server.address() as { readonly port: number };
    const open = async () => {
      const socket = connect({ host: '127.0.0.1', port: at });
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      return socket;
    };
    const [first] = [await open(), await open()];
    await once(await open(), 'close');
    first.destroy();
    const answers = async () => {
      const socket = await open();
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      return Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)]);
    };
    await until(answers, (good) => good);
  });

  it('end a connection whose reader takes nothing, and none that only waits', async () => {
    const large = Buffer.alloc(64 * 1024 * 1024);
    const server = createListener(
      (request, response) => void (request.url === '/large' ? response.end(large) : response.writeHead(200).flushHeaders()),
      undefined,
      { ...listenerLimits, reader: 50 },
    );
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: at } = server.address() as { readonly port: number };
    const begin = async (path: string) => {
      const [arrived] = [once(server, 'connection')];
      const socket = connect({ host: '127.0.0.1', port: at });
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined).pause();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      const [side] = (await arrived) as [{ readonly destroyed: boolean }];
      return side;
    };
    const waits = await begin('/waits');
    const slow = await begin('/large');
    await until(
      () => slow.destroyed,
      (gone) => gone,
    );
    expect(waits.destroyed).toBe(false);
  });
});
