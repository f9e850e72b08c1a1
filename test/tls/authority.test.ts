// The engine's own authority and the API's certificate: made once, private, kept over restarts, renewed in time, never swapped for something broken.
import { X509Certificate } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAuthority } from '../../src/adapters/certificates/own/authority.ts';
import { makePair } from '../../src/adapters/certificates/x509.ts';
import { openApiTls } from '../../src/main/tls/api.ts';
import type { TlsSettings } from '../../src/main/tls/settings.ts';
import { factsOf } from '../../src/platform/tls/identity.ts';
import { aClock, aDirectory, anAuthority, day } from './kit.ts';

const settings = (varied: Partial<TlsSettings> = {}, host = '127.0.0.1') => ({
  api_tls: 'own',
  api_names: [],
  api_clients: 'tokens' as const,
  gateway_certificates: '',
  acme_directory: '',
  acme_terms: 'open' as const,
  acme_email: '',
  acme_challenge: 'http-01' as const,
  acme_trust: '',
  api_listen: { host },
  gateway_tls_listen: 'off',
  ...varied,
});

/** With a clock that a test turns, and what was logged. */
async function opened(directory: string, varied: Partial<TlsSettings> = {}, at = { now: Date.now() }) {
  const said: string[] = [];
  const log = {
    info: (_: object, message: string) => void said.push(message),
    warn: (_: object, message: string) => void said.push(message),
  };
  const tls = await openApiTls({ directory, settings: settings(varied), clock: aClock(() => at.now), log });
  if (!tls) throw new Error('there is no TLS');
  onTestFinished(() => tls.close());
  return { tls, said, at };
}

describe('the own authority', () => {
  it('is made once, with a key for nobody else, and signs what lasts no longer than it', async () => {
    const directory = await aDirectory();
    const authority = await openAuthority(directory, aClock());
    const again = await openAuthority(directory, aClock());
    expect(again.certificate).toBe(authority.certificate);
    expect((await stat(join(directory, 'ca-key.pem'))).mode & 0o777).toBe(0o600);
    const certificate = new X509Certificate(authority.certificate);
    expect([certificate.ca, certificate.checkIssued(certificate)]).toEqual([true, true]);
    const { certificate: served } = await again.serve(['localhost', '127.0.0.1', '::1'], 100_000 * day);
    const leaf = new X509Certificate(served);
    expect([leaf.ca, leaf.checkIssued(certificate), leaf.verify(certificate.publicKey)]).toEqual([false, true, true]);
    expect([leaf.checkHost('localhost'), leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')]).toEqual(['localhost', '127.0.0.1', '::1']);
    expect([leaf.checkHost('example.org'), leaf.checkIP('10.0.0.1')]).toEqual([undefined, undefined]);
    expect(leaf.validToDate.getTime()).toBeLessThanOrEqual(certificate.validToDate.getTime());
  });

  it('is not made anew where its key is gone: everybody who trusts it would be cut off without a word', async () => {
    const directory = await aDirectory();
    await openAuthority(directory, aClock());
    await rm(join(directory, 'ca-key.pem'));
    await expect(openAuthority(directory, aClock())).rejects.toMatchObject({
      code: 'settings_invalid',
      message: expect.stringContaining('missing'),
    });
  });

  it('signs for keys on P-256 only', async () => {
    const authority = await anAuthority();
    const { publicKey } = await makePair();
    expect(new X509Certificate(await authority.admit('t-1', publicKey, day)).subject).toBe('CN=t-1');
    for (const wrong of ['', 'none', authority.certificate.replace('CERTIFICATE', 'PUBLIC KEY')])
      expect(() => authority.admit('t-1', wrong, day)).toThrow(expect.objectContaining({ code: 'input_invalid' }));
  });
});

describe('the certificate of the API', () => {
  it('names loopback and what the settings say, and is the same after a restart', async () => {
    const directory = await aDirectory();
    const first = await opened(directory, { api_names: ['engine.example.org'] });
    const facts = factsOf(first.tls.current(), 'it');
    expect(['localhost', '127.0.0.1', '::1', 'engine.example.org', 'other.example.org'].map((one) => facts.covers(one))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect((await stat(join(directory, 'api.pem'))).mode & 0o777).toBe(0o600);
    const second = await opened(directory, { api_names: ['engine.example.org'] });
    expect(second.tls.current()).toEqual(first.tls.current());
    const third = await opened(directory, { api_names: ['other.example.org'] });
    expect(third.tls.current()).not.toEqual(first.tls.current());
  });

  it('is renewed after two thirds of its life, while it still holds', async () => {
    const { tls, at } = await opened(await aDirectory());
    const first = tls.current();
    let changed = 0;
    tls.onChange(() => changed++);
    at.now += 59 * day;
    await tls.look();
    expect([tls.current(), changed]).toEqual([first, 0]);
    at.now += 2 * day;
    await tls.look();
    expect(changed).toBe(1);
    expect(factsOf(first, 'first').notAfter).toBeGreaterThan(at.now);
    expect(factsOf(tls.current(), 'second').notAfter).toBeGreaterThan(at.now + 89 * day);
  });

  it('from files is read again when they change, and stays what it was while they are wrong', async () => {
    const authority = await anAuthority();
    const directory = await aDirectory();
    const lay = async (certificate: string, key: string) => {
      await writeFile(join(directory, 'cert.pem'), certificate);
      await writeFile(join(directory, 'key.pem'), key);
    };
    const [one, two] = [await authority.serve(['localhost'], day), await authority.serve(['localhost'], 2 * day)];
    await lay(one.certificate, one.key);
    const { tls, said } = await opened(await aDirectory(), { api_tls: directory });
    await lay(two.certificate, one.key);
    await tls.look();
    await tls.look();
    expect([tls.current(), said]).toEqual([one, ['the certificate of the API stays as it is']]);
    await lay(two.certificate, two.key);
    await tls.look();
    expect(tls.current()).toEqual(two);
  });

  it.each([
    ['files that are not there', { api_tls: '/nowhere/at/all' }, '127.0.0.1', 'cert.pem'],
    ['certificates of clients without TLS', { api_tls: 'off', api_clients: 'certificates' as const }, '127.0.0.1', 'api_tls is off'],
    ['an address that others reach, without TLS', { api_tls: 'off' }, '0.0.0.0', 'without TLS'],
    ['an address that others reach, without TLS', { api_tls: 'off' }, '10.1.2.3', 'without TLS'],
  ])('is refused with %s', async (_, varied, host, because) => {
    const directory = await aDirectory();
    const log = { info: () => undefined, warn: () => undefined };
    await expect(openApiTls({ directory, settings: settings(varied, host), clock: aClock(), log })).rejects.toMatchObject({
      code: 'settings_invalid',
      message: expect.stringContaining(because),
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it('is none at loopback where none is wanted', async () => {
    const directory = await aDirectory();
    const log = { info: () => undefined, warn: () => undefined };
    expect(await openApiTls({ directory, settings: settings({ api_tls: 'off' }), clock: aClock(), log })).toBeUndefined();
    expect(await readFile(join(directory, 'ca.pem')).catch(() => 'none')).toBe('none');
  });
});
