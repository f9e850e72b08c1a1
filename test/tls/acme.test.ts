// Certificates by ACME: a strict server comes and looks at a real gateway; what it refuses is told, tried again in time, and costs nobody the old certificate.
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createCertificates } from '../../src/adapters/certificates/certificates.ts';
import type { Clock } from '../../src/base/clock.ts';
import { CertificateKeeper } from '../../src/engine/certificates/keeper.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { SecureDoor } from '../../src/gateway/secure/door.ts';
import type { Route } from '../../src/model/route.ts';
import type { Certificates } from '../../src/ports/certificates.ts';
import { anUpstream, aService, aTable, at } from '../gateway/kit.ts';
import type { AcmeServer } from '../kit/acme/server.ts';
import { openAcmeServer } from '../kit/acme/server.ts';
import { until } from '../kit/until.ts';
import { aClock, aDirectory, ask, day } from './kit.ts';

const signal = new AbortController().signal;
let directory: string;
let gateway: Gateway;
let ports: { readonly http: number; readonly tls: number };
let server: AcmeServer;
let trustFile: string;

beforeEach(async () => {
  directory = await aDirectory();
  const door = new SecureDoor({ directory, given: join(directory, 'files'), handshakeTimeout: 60_000, tell: () => undefined });
  gateway = new Gateway({ keep: async () => {}, secure: door });
  const tls = (await gateway.listenSecurely(door, { host: '127.0.0.1', port: 0 })).port;
  ports = { http: (await gateway.listen({ host: '127.0.0.1', port: 0 })).port, tls };
  onTestFinished(() => gateway.stop(AbortSignal.abort()));
  await routed('one.test');
  await serverFor();
});

const routes = (host: string): readonly Route[] => [
  { host, path: '/', service: 'shop/test/web', tls: { certificate: 'acme', redirect: true } },
];
let version = 0;

async function routed(host: string): Promise<void> {
  const upstream = await anUpstream();
  await gateway.apply(aTable(++version, [aService({ v1: [1, [at(upstream.port)]] })], routes(host)));
}

async function serverFor(clock?: Clock): Promise<void> {
  server = await openAcmeServer({ ports, ...(clock && { clock }) });
  onTestFinished(server.close);
  await mkdir(directory, { recursive: true });
  trustFile = join(directory, 'trust.pem');
  await writeFile(trustFile, server.trust);
}

function plug(challenge: 'http-01' | 'tls-alpn-01' = 'http-01', clock: Clock = aClock(), varied: object = {}): Certificates {
  const acme = { url: server.url, agreed: true, email: 'ops@example.org', challenge, trustFile, ...varied };
  return createCertificates({ directory, given: join(directory, 'files'), clock, acme });
}

const served = async (host = 'one.test') => ask({ port: ports.tls, servername: host, headers: { host }, ca: server.authority });

describe.each(['http-01', 'tls-alpn-01'] as const)('by %s', (challenge) => {
  it('a host gets its certificate, the gateway serves it, and nothing of the proof is left', async () => {
    await expect(served()).rejects.toThrow();
    const kept = await plug(challenge).obtain('one.test', 'acme', signal);
    expect(kept).toMatchObject({ host: 'one.test', source: 'acme' });
    await until(
      () => served().catch(() => undefined),
      (answer) => answer?.status === 200,
    );
    const left = await Promise.all(['http', 'alpn'].map((place) => readdir(join(directory, 'challenges', place)).catch(() => [])));
    expect(left.flat()).toEqual([]);
    expect((await stat(join(directory, 'hosts', 'one.test.pem'))).mode & 0o777).toBe(0o600);
    expect([...server.accounts.values()].map(({ contact }) => contact)).toEqual([['mailto:ops@example.org']]);
  });

  it('it is renewed while the old one serves', async () => {
    await plug(challenge).obtain('one.test', 'acme', signal);
    await until(
      () => served().catch(() => undefined),
      (answer) => answer?.status === 200,
    );
    const file = join(directory, 'hosts', 'one.test.pem');
    const first = new X509Certificate(await readFile(file)).fingerprint256;
    const going = { over: false };
    const visits = (async () => {
      const statuses = new Set<number>();
      while (!going.over) statuses.add((await served()).status);
      return [...statuses];
    })();
    // Awaited below, unless the renewal fails first.
    visits.catch(() => undefined);
    await plug(challenge).obtain('one.test', 'acme', signal);
    going.over = true;
    expect(await visits).toEqual([200]);
    expect(new X509Certificate(await readFile(file)).fingerprint256).not.toBe(first);
    // The key of the account was kept: the server knows it again.
    expect([server.accounts.size, server.issued]).toEqual([1, ['one.test', 'one.test']]);
  });
});

describe('what a server may do', () => {
  it('nonces that it does not like are fetched anew, and orders that take their time are waited for', async () => {
    server.faults.badNonces = 3;
    server.faults.delay = 3;
    await expect(plug().obtain('one.test', 'acme', signal)).resolves.toMatchObject({ host: 'one.test' });
    server.faults.badNonces = 100;
    await expect(plug().obtain('one.test', 'acme', signal)).rejects.toMatchObject({ message: expect.stringContaining('badNonce') });
  });

  it('a host that does not lead here is not certified, and it is told why', async () => {
    await routed('two.test');
    for (const challenge of ['http-01', 'tls-alpn-01'] as const) {
      const lost = createCertificates({
        directory: await aDirectory(),
        given: '',
        clock: aClock(),
        acme: { url: server.url, agreed: true, email: '', challenge, trustFile },
      });
      await expect(lost.obtain('one.test', 'acme', signal)).rejects.toMatchObject({
        code: 'certificate_unavailable',
        message: expect.stringMatching(/one\.test could not be proven to lead here by .*(?:unauthorized|incorrectResponse|tls)/),
      });
    }
    expect(server.issued).toEqual([]);
  });

  it('a certificate for another host is not kept', async () => {
    server.faults.otherHost = true;
    await expect(plug().obtain('one.test', 'acme', signal)).rejects.toMatchObject({ message: expect.stringContaining('not for one.test') });
    expect(await plug().kept()).toEqual([]);
  });

  it('one that is not trusted is told nothing, and one without an answer is named', async () => {
    await expect(plug('http-01', aClock(), { trustFile: '' }).obtain('one.test', 'acme', signal)).rejects.toMatchObject({
      code: 'certificate_unavailable',
      message: expect.stringContaining('UNABLE_TO_VERIFY'),
    });
    expect(server.requests).toEqual([]);
    await server.close();
    await expect(plug().obtain('one.test', 'acme', signal)).rejects.toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
  });

  it('nobody is asked before the terms were agreed to', async () => {
    const open = plug('http-01', aClock(), { agreed: false });
    expect([open.sources, open.lacks('acme')]).toEqual([['own', 'file'], expect.stringContaining('acme_terms=agreed')]);
    await expect(open.obtain('one.test', 'acme', signal)).rejects.toMatchObject({ code: 'unsupported' });
    expect(server.requests).toEqual([]);
  });
});

describe('the keeper', () => {
  const time = { now: Date.now() };
  const clock = aClock(() => time.now);
  const said: string[] = [];
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (_: object, message: string) => void said.push(message),
    error: () => undefined,
  };
  const keeper = () =>
    new CertificateKeeper({ ports: { certificates: plug('http-01', clock), clock, log }, table: () => ({ routes: routes('one.test') }) });

  it('asks once, renews at two thirds of a life, and goes on where another life of it stopped', async () => {
    await serverFor(clock);
    const first = keeper();
    await first.look();
    await first.look();
    expect(server.issued).toHaveLength(1);
    expect(await first.reports()).toMatchObject([{ host: 'one.test', source: 'acme', notAfter: expect.any(Number) }]);
    time.now += 59 * day;
    const second = keeper();
    await second.look();
    expect(server.issued).toHaveLength(1);
    time.now += 2 * day;
    await second.look();
    await second.look();
    expect(server.issued).toHaveLength(2);
    expect(server.accounts.size).toBe(1);
  });

  it('leaves an authority alone that refused, for longer each time, over restarts, and for as long as it was told to', async () => {
    await serverFor(clock);
    server.faults.rateLimited = 7_200;
    const first = keeper();
    await first.look();
    const asked = server.requests.length;
    await first.look();
    time.now += 7_100_000;
    await keeper().look();
    expect(server.requests).toHaveLength(asked);
    expect(await first.reports()).toEqual([{ host: 'one.test', source: 'acme', problem: expect.stringContaining('rateLimited') }]);
    server.faults.rateLimited = undefined;
    time.now += 200_000;
    const last = keeper();
    await last.look();
    expect(server.issued).toHaveLength(1);
    expect(await last.reports()).toEqual([{ host: 'one.test', source: 'acme', notAfter: expect.any(Number) }]);
  });
});
