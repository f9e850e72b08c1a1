// Which certificate the API shows with api_tls: acme: what was laid down for its host while that holds, and its own before and after.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { apiCertificateFinding } from '../../src/main/tls/acme.ts';
import type { ApiTls } from '../../src/main/tls/api.ts';
import { openApiTls } from '../../src/main/tls/api.ts';
import { tlsSettings } from '../../src/main/tls/settings.ts';
import { isSignedBy } from '../../src/platform/tls/identity.ts';
import { aClock, aDirectory, anAuthority, day } from './kit.ts';

const host = 'engine.test';
const wanted = { api_tls: 'acme', api_names: [host], acme_terms: 'agreed' };
const settings = { ...z.object(tlsSettings).parse(wanted), api_listen: { host: '0.0.0.0' }, gateway_tls_listen: {} };
const log = { info: () => undefined, warn: () => undefined };
const time = { now: Date.now() };
let directory: string;
let api: ApiTls;

beforeEach(async () => {
  time.now = Date.now();
  directory = await aDirectory();
  const opened = await openApiTls({ directory, settings, clock: aClock(() => time.now), log });
  if (!opened) throw new Error('the API speaks no TLS');
  api = opened;
  onTestFinished(() => api.close());
});

/** As the keeper lays it down; returns who signed it. */
async function laidDown(names: readonly string[] = [host], source = 'acme'): Promise<string> {
  const authority = await anAuthority();
  const { certificate, key } = await authority.serve(names, 10 * day);
  await mkdir(join(directory, 'hosts'), { recursive: true });
  await writeFile(join(directory, 'hosts', `${host}.pem`), `# ${source}\n${certificate}${key}`);
  return authority.certificate;
}

describe('the API with a certificate of ACME', () => {
  it('shows its own until there is one, then that, and its own again when it has ended or is gone', async () => {
    const first = api.current();
    let changes = 0;
    api.onChange(() => (changes += 1));
    await api.look();
    expect([changes, api.current()]).toEqual([0, first]);
    const signer = await laidDown();
    await api.look();
    await api.look();
    expect([changes, isSignedBy(api.current(), signer)]).toEqual([1, true]);
    time.now += 11 * day;
    await api.look();
    expect([changes, isSignedBy(api.current(), signer)]).toEqual([2, false]);
    await rm(join(directory, 'hosts'), { recursive: true });
    await api.look();
    expect(changes).toBe(2);
  });

  it.each([
    ['for another host', ['other.test'], 'acme'],
    ['of another source', [host], 'own'],
  ])('does not show one %s', async (_, names, source) => {
    const signer = await laidDown(names, source);
    await api.look();
    expect(isSignedBy(api.current(), signer)).toBe(false);
  });
});

it.each([
  [{}, { state: 'limited', message: `there is none for ${host} yet, so the engine’s own is shown` }],
  [
    { problem: 'nobody answers' },
    { state: 'limited', message: expect.stringMatching(/yet.*: nobody answers$/), hint: expect.stringContaining('acme_directory') },
  ],
  [{ notAfter: 0 }, { state: 'ok', message: `${host}, until 1970-01-01T00:00:00.000Z` }],
  [
    { notAfter: 0, problem: 'too many' },
    { state: 'limited', message: expect.stringContaining('could not be had: too many') },
  ],
])('doctor tells of %j', (report, said) => {
  expect(apiCertificateFinding(host, [{ host, source: 'acme', ...report }])).toMatchObject(said);
});
