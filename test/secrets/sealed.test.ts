// Sealed values open only where they were sealed and with their key; a rotation that is cut off anywhere loses nothing.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newEngineKey, openValue, sealValue } from '../../src/adapters/secrets/sealed/envelope.ts';
import type { KeySource } from '../../src/adapters/secrets/sealed/keys.ts';
import { keysFromText, keysInFile } from '../../src/adapters/secrets/sealed/keys.ts';
import { SealedSecrets } from '../../src/adapters/secrets/sealed/sealed.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { Redactor } from '../../src/base/redactor.ts';
import type { Store } from '../../src/ports/store.ts';

const scope = { application: 'shop', environment: 'live' };
const by = 'user:test';
let directory: string;
let file: string;
let store: Store;
let fence: { readonly name: string; readonly token: number };
const clock = new ManualClock();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'codectl-secrets-'));
  file = join(directory, 'secrets.key');
  store = openMemoryStore();
  fence = { name: 'engine', token: (await store.acquireLease('engine', 'test', 0, Number.MAX_SAFE_INTEGER))?.token ?? 0 };
});
afterEach(() => rm(directory, { recursive: true }));

const open = (keys: KeySource = keysInFile(file), on = store) =>
  SealedSecrets.open({ store: on, fence: () => fence, clock, keys, redactor: new Redactor() });
const openWhole = async (keys?: KeySource) => {
  const { secrets, problem } = await open(keys);
  expect(problem).toBeUndefined();
  return secrets;
};
const filled = async () => {
  const secrets = await openWhole();
  for (const name of ['A', 'B', 'C']) await secrets.set({ scope, name, value: `value of ${name}`, by });
  return secrets;
};
const all = { A: 'value of A', B: 'value of B', C: 'value of C' };

describe('a value', () => {
  it('is kept sealed, as a new version each time, and removed without a trace in what is given', async () => {
    const secrets = await filled();
    expect(await secrets.set({ scope, name: 'A', value: 'another', by })).toMatchObject({ version: 2, by });
    expect(await secrets.values(scope, ['A', 'B', 'X'])).toEqual({ A: 'another', B: 'value of B' });
    expect(JSON.stringify(await store.list('secret'))).not.toMatch(/value of|another/);
    await secrets.remove(scope, 'A', by);
    expect(await (await openWhole()).values(scope, ['A'])).toEqual({});
    await expect(secrets.remove(scope, 'A', by)).rejects.toMatchObject({ code: 'secret_unknown' });
    expect(await secrets.set({ scope, name: 'A', value: 'again', by })).toMatchObject({ version: 4 });
  });

  it('does not open in another place, or changed', () => {
    const key = newEngineKey();
    const place = { scope, name: 'A', version: 1 };
    const sealed = sealValue(key, place, 'the value');
    expect(openValue(key, place, sealed)).toBe('the value');
    for (const other of [{ name: 'B' }, { version: 2 }, { scope: { ...scope, environment: 'test' } }])
      expect(() => openValue(key, { ...place, ...other }, sealed)).toThrow();
    const [first = '', ...rest] = sealed.value.text;
    const changed = { ...sealed.value, text: [first === 'A' ? 'B' : 'A', ...rest].join('') };
    expect(() => openValue(key, place, { ...sealed, value: changed })).toThrow();
  });

  it('that was moved in the store is an error that names it, and nothing else is given meanwhile', async () => {
    await filled();
    const [a, b] = await store.list('secret');
    if (!a || !b) throw new Error('two are expected');
    await store.commit([{ op: 'put', kind: 'secret', key: b.key, value: { ...b.value, sealed: a.value.sealed } }]);
    const { secrets, problem } = await open();
    expect(problem?.message).toContain('version 1 of B in shop/live does not open');
    await expect(secrets.values(scope, ['A'])).rejects.toMatchObject({ code: 'secrets_locked' });
    await secrets.remove(scope, 'B', by);
    expect(await secrets.values(scope, ['A', 'B', 'C'])).toEqual({ A: all.A, C: all.C });
  });

  it('is told to the redactor while it is kept: the ten newest versions, and what was removed', async () => {
    const redactor = new Redactor();
    const { secrets } = await SealedSecrets.open({ store, fence: () => fence, clock, keys: keysInFile(file), redactor });
    for (let nth = 10; nth < 25; nth += 1) await secrets.set({ scope, name: 'A', value: `version-${nth}`, by });
    await secrets.remove(scope, 'A', by);
    expect(await store.list('secret')).toHaveLength(10);
    expect(redactor.hide('version-24 version-16 version-15')).toBe('[redacted] [redacted] version-15');
  });
});

describe('the key', () => {
  it.each([
    ['is gone', () => rm(file), 'is gone'],
    ['is another', () => writeFile(file, `${Buffer.alloc(32, 1).toString('base64')}\n`), 'is not the key'],
    ['is none', () => writeFile(file, 'short\n'), 'holds no key'],
    ['can be read by others', () => chmod(file, 0o640), 'can be read by others (mode 640)'],
  ])('that %s is an error at every use, and nothing is written', async (_, spoil, message) => {
    await filled();
    const whole = await readFile(file, 'utf8');
    await spoil();
    const spoilt = await readFile(file, 'utf8').catch(() => undefined);
    const before = JSON.stringify(await store.list('secret'));
    const { secrets, problem } = await open();
    expect(problem).toMatchObject({ code: 'secrets_locked', message: expect.stringContaining(message) });
    for (const use of [
      () => secrets.values(scope, ['A']),
      () => secrets.set({ scope, name: 'N', value: 'new value', by }),
      () => secrets.rotate(),
    ])
      await expect(use()).rejects.toMatchObject({ code: 'secrets_locked' });
    expect((await secrets.list()).map(({ name }) => name)).toEqual(['A', 'B', 'C']);
    expect(JSON.stringify(await store.list('secret'))).toBe(before);
    expect(await readFile(file, 'utf8').catch(() => undefined)).toBe(spoilt);
    // Brought back, it opens without a restart.
    await rm(file, { force: true });
    await writeFile(file, whole, { mode: 0o600 });
    expect(await secrets.values(scope, ['A', 'B', 'C'])).toEqual(all);
  });

  it('of the environment is rotated by giving two', async () => {
    const [old = '', next = ''] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'));
    await (await openWhole(keysFromText(old, 'KEY'))).set({ scope, name: 'A', value: all.A, by });
    await expect((await openWhole(keysFromText(old, 'KEY'))).rotate()).rejects.toMatchObject({ code: 'unsupported' });
    expect(await (await openWhole(keysFromText(`${next},${old}`, 'KEY'))).rotate()).toMatchObject({ rewrapped: 1 });
    expect(await (await openWhole(keysFromText(next, 'KEY'))).values(scope, ['A'])).toEqual({ A: all.A });
  });
});

/** Fails at the nth write to key file or store – before it is done, or after – and at every later one. */
function dying(nth: number, after: boolean) {
  let count = 0;
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    count += 1;
    if (count > nth || (count === nth && !after)) throw new Error('crash');
    const result = await work();
    if (count === nth) throw new Error('crash');
    return result;
  };
  const keys = keysInFile(file);
  return {
    keys: { ...keys, write: (ring) => step(async () => keys.write?.(ring)) } satisfies KeySource,
    store: new Proxy(store, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        const bound = member.bind(target) as (...args: readonly unknown[]) => Promise<unknown>;
        return key === 'commit' ? (...args: readonly unknown[]) => step(() => bound(...args)) : bound;
      },
    }),
  };
}

describe('a rotation', () => {
  it('that a crash cuts off before or after any write loses nothing, and the next start finishes it', async () => {
    let crashes = 0;
    for (let nth = 1; nth < 20; nth += 1) {
      for (const after of [false, true]) {
        store = openMemoryStore();
        await rm(file, { force: true });
        fence = { name: 'engine', token: (await store.acquireLease('engine', 'test', 0, Number.MAX_SAFE_INTEGER))?.token ?? 0 };
        await filled();
        const old = await readFile(file, 'utf8');
        const world = dying(nth, after);
        const { secrets } = await open(world.keys, world.store);
        const ended = await secrets.rotate().then(
          () => 'done',
          () => 'crashed',
        );
        if (ended === 'crashed') crashes += 1;
        expect(await (await openWhole()).values(scope, ['A', 'B', 'C'])).toEqual(all);
        const lines = (await readFile(file, 'utf8')).trim().split('\n');
        expect(lines).toHaveLength(1);
        const begun = nth > 1 || after;
        expect(`${lines[0]}\n` === old).toBe(!begun);
      }
    }
    // The file, three values, the file again: each before and after.
    expect(crashes).toBe(10);
  });
});
