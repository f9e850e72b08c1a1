// Secrets in Vault: read at each start, written over nobody else's change, hidden in output; and tokens that are renewed, replaced and lost.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VaultAuth } from '../../src/adapters/secrets/vault/access.ts';
import { VaultSecrets } from '../../src/adapters/secrets/vault/vault.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { Redactor } from '../../src/base/redactor.ts';
import { vaultOf, vaultSettings } from '../../src/main/secrets/vault.ts';
import { VaultServer } from '../kit/vault.ts';

const scope = { application: 'shop', environment: 'live' };
const path = 'codectl/shop/live';
let vault: VaultServer;
let directory: string;
let redactor: Redactor;
let clock: ManualClock;

beforeEach(async () => {
  vault = await VaultServer.open();
  directory = await mkdtemp(join(tmpdir(), 'vault-'));
  redactor = new Redactor();
  clock = new ManualClock(0);
});
afterEach(async () => {
  await vault[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const credential = async (text: string): Promise<string> => {
  await writeFile(join(directory, 'credential'), `${text}\n`);
  return join(directory, 'credential');
};
const openWith = (auth: VaultAuth) =>
  VaultSecrets.open({
    target: { kind: 'tcp', host: '127.0.0.1', port: vault.port },
    auth,
    clock,
    redactor,
    mount: 'secret',
    prefix: 'codectl',
  });
const open = async () => openWith({ kind: 'token', file: await credential(vault.issue(0)) });
const set = (secrets: VaultSecrets, name: string, value: string) => secrets.set({ scope, name, value, by: 'user:x' });
/** Time passes for both. */
const pass = (seconds: number) => {
  vault.now += seconds;
  clock.moveTo(vault.now * 1000);
};

describe('secrets in Vault', () => {
  it('are set, given, listed and removed, a version with each change', async () => {
    const { secrets, problem } = await open();
    expect(problem).toBeUndefined();
    expect(await secrets.values(scope, ['A'])).toEqual({});
    expect(await set(secrets, 'A', 'canary-a-1')).toMatchObject({ scope, name: 'A', version: 1, by: 'user:x' });
    await set(secrets, 'B', 'canary-b-1');
    await set(secrets, 'A', 'canary-a-2');
    expect(await secrets.values(scope, ['A', 'B', 'C'])).toEqual({ A: 'canary-a-2', B: 'canary-b-1' });
    expect(await secrets.values({ ...scope, environment: 'test' }, ['A'])).toEqual({});
    expect((await secrets.list()).map(({ name, version, at }) => [name, version, at])).toEqual([
      ['A', 3, 1_700_000_000_000],
      ['B', 3, 1_700_000_000_000],
    ]);
    await secrets.remove(scope, 'A', 'user:x');
    expect(vault.data(path)).toEqual({ B: 'canary-b-1' });
    await expect(secrets.remove(scope, 'A', 'user:x')).rejects.toMatchObject({ code: 'secret_unknown' });
    expect(() => secrets.rotate()).toThrow('Vault keeps the keys');
  });

  it('of others are found, each where it belongs, and what is no text is left out', async () => {
    vault.put(path, { A: 'canary-a', PORT: 5432, ON: true, deep: { x: 1 }, 'not-a-name': 'x' });
    vault.put('codectl/blog/live', { C: 'canary-c' });
    vault.put('codectl/blog/live/deeper', { D: 'canary-d' });
    vault.put('other/shop/live', { E: 'canary-e' });
    const { secrets } = await open();
    expect((await secrets.list()).map(({ scope: { application }, name }) => `${application} ${name}`)).toEqual([
      'blog C',
      'shop A',
      'shop ON',
      'shop PORT',
    ]);
    expect(await secrets.values(scope, ['PORT', 'ON'])).toEqual({ PORT: '5432', ON: 'true' });
  });

  it('that were deleted there are none, and can be set again', async () => {
    vault.put(path, { A: 'canary-a' });
    vault.delete(path);
    const { secrets } = await open();
    expect(await secrets.list()).toEqual([]);
    expect(await set(secrets, 'A', 'canary-again')).toMatchObject({ version: 2 });
  });

  it('lose no change of somebody who is faster', async () => {
    const { secrets } = await open();
    await set(secrets, 'A', 'canary-a');
    let often = 2;
    vault.beforeWrite = () => {
      if (often-- > 0) vault.put(path, { ...vault.data(path), [`OTHER_${often}`]: 'x' });
    };
    await set(secrets, 'B', 'canary-b');
    expect(vault.data(path)).toEqual({ A: 'canary-a', OTHER_1: 'x', OTHER_0: 'x', B: 'canary-b' });
    vault.beforeWrite = () => vault.put(path, { A: 'y' });
    await expect(set(secrets, 'B', 'canary-c')).rejects.toMatchObject({ code: 'write_conflict' });
  });

  it('are hidden in output, former ones too', async () => {
    vault.put(path, { A: 'canary-first' });
    const { secrets } = await open();
    expect(redactor.hide('it says canary-first')).toBe('it says [redacted]');
    await set(secrets, 'A', 'canary-second');
    vault.put(path, { A: 'canary-third' });
    await secrets.values(scope, ['A']);
    expect(redactor.hide('canary-first canary-second canary-third')).toBe('[redacted] [redacted] [redacted]');
  });

  it('of a Vault that is sealed are told so, nothing is shown meanwhile, and all is well when it is open', async () => {
    vault.put(path, { A: 'canary-a' });
    vault.sealed = true;
    const { secrets, problem } = await open();
    expect(problem).toMatchObject({
      code: 'secrets_locked',
      message: expect.stringContaining('503: Vault is sealed'),
      hint: expect.stringContaining('unseal'),
    });
    expect(redactor.output('canary-a')).toContain('not shown');
    await expect(secrets.values(scope, ['A'])).rejects.toMatchObject({ code: 'secrets_locked' });
    vault.sealed = false;
    expect(await secrets.values(scope, ['A'])).toEqual({ A: 'canary-a' });
    expect(redactor.output('canary-a')).toBe('[redacted]');
  });
});

describe('tokens', () => {
  const logins = () => vault.asked.filter((one) => one.endsWith('/login')).length;
  const renewals = () => vault.asked.filter((one) => one.endsWith('/renew-self')).length;

  it.each([
    ['approle', 'role-1', 'secret-1'],
    ['kubernetes', 'codectl', 'jwt-1'],
  ] as const)('of %s are asked for once, renewed, and asked for again at the end of their longest life', async (kind, role, text) => {
    vault.put(path, { A: 'canary-a' });
    vault.life = 100;
    vault.latest = 250;
    const { secrets } = await openWith({ kind, role, file: await credential(text) });
    await Promise.all([1, 2, 3].map(() => secrets.values(scope, ['A'])));
    expect([logins(), renewals()]).toEqual([1, 0]);
    pass(80);
    await secrets.values(scope, ['A']);
    expect([logins(), renewals()]).toEqual([1, 1]);
    pass(80);
    await secrets.values(scope, ['A']);
    expect([logins(), renewals()]).toEqual([1, 2]);
    // What is left of the longest life is not worth another renewal.
    pass(70);
    await secrets.values(scope, ['A']);
    expect([logins(), renewals()]).toEqual([2, 3]);
    pass(1000);
    expect(await secrets.values(scope, ['A'])).toEqual({ A: 'canary-a' });
    expect(logins()).toBe(3);
  });

  it('that were revoked are replaced without anybody noticing', async () => {
    vault.put(path, { A: 'canary-a' });
    const { secrets } = await openWith({ kind: 'approle', role: 'role-1', file: await credential('secret-1') });
    vault.revokeAll();
    expect(await secrets.values(scope, ['A'])).toEqual({ A: 'canary-a' });
    expect(logins()).toBe(2);
  });

  it('in a file are read again when they are refused: somebody else replaces them', async () => {
    vault.put(path, { A: 'canary-a' });
    const { secrets } = await open();
    vault.revokeAll();
    await expect(secrets.values(scope, ['A'])).rejects.toMatchObject({ code: 'secrets_locked', message: expect.stringContaining('403') });
    await credential(vault.issue());
    expect(await secrets.values(scope, ['A'])).toEqual({ A: 'canary-a' });
  });

  it('are never part of a message, and a wrong credential is told without it', async () => {
    const { problem } = await openWith({ kind: 'approle', role: 'role-1', file: await credential('wrong-secret-id') });
    expect(problem).toMatchObject({ code: 'secrets_locked', message: expect.stringContaining('invalid role or secret ID') });
    expect(JSON.stringify([problem?.message, problem?.hint, problem?.details])).not.toContain('wrong-secret-id');
    const missing = await openWith({ kind: 'token', file: join(directory, 'nothing') });
    expect(missing.problem).toMatchObject({ code: 'secrets_locked', message: expect.stringContaining('missing or empty') });
  });
});

describe('settings', () => {
  const usual = Object.fromEntries(Object.entries(vaultSettings).map(([key, schema]) => [key, schema.parse(undefined)])) as Parameters<
    typeof vaultOf
  >[0];

  it('without an address mean the engine’s own store', () => {
    expect(vaultOf(usual)).toBeUndefined();
  });

  it('take TLS elsewhere, a credential, and a role where one is needed', () => {
    const given = { ...usual, vault_address: 'https://vault.example.org:8200', vault_credential: '/run/token' };
    expect(vaultOf(given)).toMatchObject({
      target: { host: 'vault.example.org', port: 8200, tls: {} },
      auth: { kind: 'token', file: '/run/token' },
    });
    expect(() => vaultOf({ ...given, vault_address: 'http://vault.example.org' })).toThrow('hides nothing');
    expect(() => vaultOf({ ...given, vault_credential: '' })).toThrow('names no file');
    expect(() => vaultOf({ ...given, vault_auth: 'approle' })).toThrow('takes a role');
    expect(vaultOf({ ...given, vault_auth: 'kubernetes', vault_role: 'codectl', vault_credential: '' })).toMatchObject({
      auth: { kind: 'kubernetes', role: 'codectl', file: expect.stringContaining('serviceaccount') },
    });
  });
});
