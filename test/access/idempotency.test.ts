// A write that is asked for twice is done once, whatever happens in between.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Idempotency, Keyed } from '../../src/access/idempotency.ts';
import { createIdempotency } from '../../src/access/idempotency.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { CodeError } from '../../src/base/errors.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import type { Store } from '../../src/ports/store.ts';

const call: Keyed = { principal: 'user:x', operation: 'change.apply', key: 'k1', input: 'sha256:1' };
const minute = 60_000;
let clock: ManualClock;
let store: Store;
let idempotency: Idempotency;
let runs: number;

beforeEach(() => {
  clock = new ManualClock(0);
  store = openMemoryStore();
  idempotency = createIdempotency({ store, clock });
  runs = 0;
});

const work = async () => ({ run: ++runs });
const later = (ms: number) => clock.moveTo(clock.now() + ms);

/** Work that ends when it is told to, and says when it began. */
function slow() {
  const begun = Promise.withResolvers<void>();
  const { promise, resolve } = Promise.withResolvers<string>();
  const work = () => {
    begun.resolve();
    return promise;
  };
  return { work, begun: begun.promise, resolve };
}

describe('idempotency', () => {
  it('answers a repeat with the first result, also after a restart', async () => {
    expect(await idempotency.run(call, work)).toEqual({ run: 1 });
    expect(await idempotency.run(call, work)).toEqual({ run: 1 });
    expect(await createIdempotency({ store, clock }).run(call, work)).toEqual({ run: 1 });
    expect(runs).toBe(1);
  });

  it.each([null, 0, '', false, undefined])('remembers %j as a result', async (result) => {
    const run = async () => {
      runs += 1;
      return result;
    };
    await idempotency.run(call, run);
    expect(await idempotency.run(call, run)).toBe(result);
    expect(runs).toBe(1);
  });

  it('keeps callers, operations and keys apart, also when their names contain the separator', async () => {
    const others: readonly Partial<Keyed>[] = [
      {},
      { principal: 'user:y' },
      { operation: 'a.b' },
      { key: 'k2' },
      { principal: 'a/b', operation: 'c' },
      { principal: 'a', operation: 'b/c' },
    ];
    for (const [n, other] of others.entries()) expect(await idempotency.run({ ...call, ...other }, work)).toEqual({ run: n + 1 });
  });

  it('refuses the same key with another input', async () => {
    await idempotency.run(call, work);
    await expect(idempotency.run({ ...call, input: 'sha256:2' }, work)).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    expect(runs).toBe(1);
  });

  it('lets one of many run, and tells the others to wait', async () => {
    const first = slow();
    const many = Array.from({ length: 10 }, () => idempotency.run(call, first.work));
    const refused = Promise.allSettled(many.slice(1));
    expect((await refused).every((one) => one.status === 'rejected' && (one.reason as CodeError).code === 'write_conflict')).toBe(true);
    await expect(idempotency.run(call, work)).rejects.toMatchObject({ hint: expect.stringContaining('same key') });
    first.resolve('done');
    expect(await many[0]).toBe('done');
    expect(await idempotency.run(call, work)).toBe('done');
  });

  it('frees the key when the work fails', async () => {
    const failed = idempotency.run(call, () => Promise.reject(new CodeError('port_taken', 'No port.')));
    await expect(failed).rejects.toMatchObject({ code: 'port_taken' });
    expect(await idempotency.run({ ...call, input: 'sha256:2' }, work)).toEqual({ run: 1 });
  });

  it('lets a claim be taken over that a crash left, but not one whose work goes on here', async () => {
    const before = slow();
    const lost = createIdempotency({ store, clock }).run(call, before.work);
    await before.begun;
    await expect(idempotency.run(call, work)).rejects.toMatchObject({ code: 'write_conflict' });
    later(10 * minute - 1);
    await expect(idempotency.run(call, work)).rejects.toMatchObject({ code: 'write_conflict' });
    later(1);
    await expect(idempotency.run({ ...call, input: 'sha256:2' }, work)).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    const second = slow();
    const taken = idempotency.run(call, second.work);
    await second.begun;
    later(60 * minute);
    await expect(idempotency.run(call, work)).rejects.toMatchObject({ code: 'write_conflict' });
    // The one that was thought dead comes back: it keeps its answer, and does not overwrite the claim of the other.
    before.resolve('late');
    expect(await lost).toBe('late');
    second.resolve('second');
    expect(await taken).toBe('second');
    expect(await idempotency.run(call, work)).toBe('second');
  });

  it('forgets after a day, by itself', async () => {
    await idempotency.run(call, work);
    later(24 * 60 * minute - 1);
    expect(await idempotency.run(call, work)).toEqual({ run: 1 });
    later(1);
    expect(await idempotency.run({ ...call, input: 'sha256:2' }, work)).toEqual({ run: 2 });
    later(25 * 60 * minute);
    await idempotency.run({ ...call, key: 'other' }, work);
    expect((await store.list('idempotency')).map(({ key }) => key)).toEqual(['user:x/change.apply/other']);
  });

  it('keeps the claim of work that takes longer than a day', async () => {
    const endless = slow();
    const first = idempotency.run(call, endless.work);
    await endless.begun;
    later(48 * 60 * minute);
    await idempotency.prune();
    await expect(idempotency.run(call, work)).rejects.toMatchObject({ code: 'write_conflict' });
    endless.resolve('at last');
    expect(await first).toBe('at last');
  });

  it('keeps no answer that holds a secret, and still does the work once', async () => {
    const token = { ...call, confidential: true };
    expect(await idempotency.run(token, async () => ({ secret: 'hunter2' }))).toEqual({ secret: 'hunter2' });
    await expect(idempotency.run(token, work)).rejects.toMatchObject({
      code: 'write_conflict',
      message: expect.stringContaining('shown that once'),
    });
    expect(JSON.stringify(await store.list('idempotency'))).not.toContain('hunter2');
    expect(runs).toBe(0);
  });

  it('gives the answer of work that was done although it cannot be noted', async () => {
    const { commit } = store;
    const unnoted = idempotency.run(call, async () => {
      store.commit = () => Promise.reject(new CodeError('disk_full', 'No space.'));
      return work();
    });
    expect(await unnoted).toEqual({ run: 1 });
    store.commit = commit.bind(store);
    await expect(idempotency.run(call, work)).rejects.toMatchObject({ code: 'write_conflict' });
  });

  it.each(['', 'x'.repeat(201), 'line\nbreak', 'ü'])('refuses the key %j', async (key) => {
    await expect(idempotency.run({ ...call, key }, work)).rejects.toMatchObject({ code: 'input_invalid' });
  });
});
