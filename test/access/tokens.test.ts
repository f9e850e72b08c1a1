// Tokens on a real store: shown once, known by hash, useless when expired or revoked.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Tokens } from '../../src/access/tokens.ts';
import { createTokens } from '../../src/access/tokens.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { CodeError } from '../../src/base/errors.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import type { Store } from '../../src/ports/store.ts';

let clock: ManualClock;
let store: Store;
let tokens: Tokens;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  store = openMemoryStore();
  tokens = createTokens({ store, clock });
});

const make = (name = 'ci', expiresIn?: number) =>
  tokens.create({ name, effects: ['read', 'plan'], ...(expiresIn === undefined ? {} : { expiresIn }) });
const lastUse = async () => (await tokens.list())[0]?.lastUsedAt;

describe('tokens', () => {
  it('show their secret once and are kept without it', async () => {
    const { secret, token } = await make();
    expect(secret).toMatch(/^code_[A-Za-z0-9_-]{43}$/);
    expect(token).toMatchObject({ name: 'ci', prefix: secret.slice(0, 9), effects: ['read', 'plan'], createdAt: 1_000_000 });
    expect(JSON.stringify(await store.list('token'))).not.toContain(secret);
    expect(JSON.stringify(await tokens.list())).not.toContain(secret.slice(10));
  });

  it('tell who carries them, with the effects that were granted', async () => {
    const { secret, token } = await make();
    expect(await tokens.authenticate(secret)).toEqual({ id: 'token:ci', kind: 'token', token: token.id, effects: ['read', 'plan'] });
  });

  it('are not taken for one another, nor is anything else taken for one', async () => {
    const { secret, token } = await make();
    await make('other');
    const changed = `${secret.slice(0, -2)}${secret.endsWith('AA') ? 'BA' : 'AA'}`;
    for (const wrong of ['', 'code_', secret.slice(0, -1), `${secret}A`, changed, secret.toUpperCase(), ` ${secret}`, token.hash, token.id])
      expect(await tokens.authenticate(wrong)).toBeUndefined();
  });

  it('whose record has another hash under the same id are refused', async () => {
    const { secret, token } = await make();
    await store.commit([
      {
        op: 'put',
        kind: 'token',
        key: token.id,
        value: { ...token, hash: `${token.hash.slice(0, -1)}${token.hash.endsWith('0') ? 1 : 0}` },
      },
    ]);
    expect(await tokens.authenticate(secret)).toBeUndefined();
  });

  it('end when their time is over', async () => {
    const { secret, token } = await make('ci', 5000);
    expect(token.expiresAt).toBe(1_005_000);
    clock.moveTo(1_004_999);
    expect(await tokens.authenticate(secret)).toBeDefined();
    clock.moveTo(1_005_000);
    expect(await tokens.authenticate(secret)).toBeUndefined();
  });

  it('end at once when revoked, by id or name; again is harmless; they stay in the list', async () => {
    const [first, second] = [await make('a'), await make('b')];
    expect(await tokens.revoke(first.token.id)).toMatchObject({ revokedAt: 1_000_000 });
    await tokens.revoke('b');
    clock.moveTo(2_000_000);
    expect(await tokens.revoke(first.token.id)).toMatchObject({ revokedAt: 1_000_000 });
    expect(await tokens.authenticate(first.secret)).toBeUndefined();
    expect(await tokens.authenticate(second.secret)).toBeUndefined();
    expect((await tokens.list()).map(({ name }) => name).sort()).toEqual(['a', 'b']);
    await expect(tokens.revoke('c')).rejects.toMatchObject({ code: 'token_unknown' });
  });

  it('made with a token end with it, whatever was wished, and name it', async () => {
    const parent = (await make('parent', 5000)).token.id;
    const child = async (name: string, expiresIn?: number) =>
      tokens.create({ name, effects: ['read'], parent, ...(expiresIn === undefined ? {} : { expiresIn }) });
    expect((await child('for-ever')).token).toMatchObject({ parent, expiresAt: 1_005_000 });
    expect((await child('longer', 9000)).token).toMatchObject({ parent, expiresAt: 1_005_000 });
    expect((await child('shorter', 1000)).token).toMatchObject({ parent, expiresAt: 1_001_000 });
    clock.moveTo(1_005_000);
    await expect(child('late')).rejects.toMatchObject({ code: 'denied' });
  });

  it('are revoked with the token that made them, in every generation, and no others', async () => {
    const parent = await make('parent');
    const child = await tokens.create({ name: 'child', effects: ['read'], parent: parent.token.id });
    const grandchild = await tokens.create({ name: 'grandchild', effects: ['read'], parent: child.token.id });
    const other = await make('other');
    await tokens.revoke('parent');
    for (const { secret } of [parent, child, grandchild]) expect(await tokens.authenticate(secret)).toBeUndefined();
    expect((await tokens.list()).filter((one) => one.revokedAt === undefined).map(({ name }) => name)).toEqual(['other']);
    expect(await tokens.authenticate(other.secret)).toBeDefined();
  });

  it('whose parent was revoked while they were made are refused', async () => {
    const { token } = await make('parent');
    const { secret } = await tokens.create({ name: 'child', effects: ['read'], parent: token.id });
    await store.commit([{ op: 'put', kind: 'token', key: token.id, value: { ...token, revokedAt: 1 } }]);
    expect(await tokens.authenticate(secret)).toBeUndefined();
  });

  it('stay revoked when their use is noted at the same moment', async () => {
    const { secret, token } = await make();
    await Promise.all([tokens.authenticate(secret), tokens.revoke(token.id), tokens.authenticate(secret)]);
    expect((await tokens.list())[0]).toMatchObject({ revokedAt: 1_000_000, lastUsedAt: 1_000_000 });
    expect(await tokens.authenticate(secret)).toBeUndefined();
  });

  it('note their use at most once a minute', async () => {
    const { secret } = await make();
    await tokens.authenticate(secret);
    expect(await lastUse()).toBe(1_000_000);
    clock.moveTo(1_059_999);
    await tokens.authenticate(secret);
    expect(await lastUse()).toBe(1_000_000);
    clock.moveTo(1_060_000);
    await Promise.all([tokens.authenticate(secret), tokens.authenticate(secret)]);
    expect(await lastUse()).toBe(1_060_000);
  });

  it('are still known when their use cannot be noted', async () => {
    const { secret } = await make();
    store.commit = async () => {
      throw new CodeError('disk_full', 'No space.');
    };
    expect(await tokens.authenticate(secret)).toBeDefined();
  });

  it('have names that only one live token carries, also when two are made at once', async () => {
    const made = await Promise.allSettled([make(), make(), make()]);
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(make()).rejects.toMatchObject({ code: 'write_conflict', hint: expect.stringContaining('codectl token revoke ci') });
    await tokens.revoke('ci');
    const { secret } = await make('ci', 1000);
    expect(await tokens.authenticate(secret)).toMatchObject({ id: 'token:ci' });
    clock.moveTo(1_001_000);
    await make();
  });

  it.each([
    ['a name with a space', { name: 'a b', effects: ['read'] }],
    ['no name', { name: '', effects: ['read'] }],
    ['no effects', { name: 'a', effects: [] }],
    ['an end in the past', { name: 'a', effects: ['read'], expiresIn: 0 }],
  ] as const)('are not made with %s', async (_, wish) => {
    await expect(tokens.create(wish)).rejects.toMatchObject({ code: 'input_invalid' });
    expect(await tokens.list()).toEqual([]);
  });
});
