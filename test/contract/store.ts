// What every store must do, whatever it keeps its rows in: one suite, run on each.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewEvent } from '../../src/model/event.ts';
import type { Change, ListOptions, PutChange, Store } from '../../src/ports/store.ts';

export interface OpenedStore {
  readonly store: Store;
  /** Removes what the store lies in; the store is closed before. */
  readonly discard: () => Promise<void>;
}

/** A document of the kind that carries anything. */
export function put(key: string, value: Readonly<Record<string, unknown>>, expect?: number): PutChange<'singleton'> {
  return { op: 'put', kind: 'singleton', key, value, ...(expect === undefined ? {} : { expect }) };
}

export function remove(key: string, expect?: number): Change {
  return { op: 'delete', kind: 'singleton', key, ...(expect === undefined ? {} : { expect }) };
}

export function append(message: string): Change {
  const event: NewEvent = { at: 1, kind: 'engine.started', message };
  return { op: 'append', event };
}

export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`the store contract: ${name}`, () => {
    let opened: OpenedStore;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });

    afterEach(async () => {
      await store.close();
      await opened.discard();
    });

    const keys = async (options: ListOptions) => (await store.list('singleton', options)).map(({ key }) => key);
    const messages = async (after = 0, limit = 100) => (await store.events(after, limit)).map(({ message }) => message);

    describe('documents', () => {
      it('reads back what was put, with version 1, 2, 3', async () => {
        await store.commit([put('a', { n: 1, list: [true, null, 'ü𝄞'], nested: { x: 1.5 } })]);
        expect(await store.get('singleton', 'a')).toEqual({
          key: 'a',
          version: 1,
          value: { n: 1, list: [true, null, 'ü𝄞'], nested: { x: 1.5 } },
        });
        await store.commit([put('a', { n: 2 })]);
        await store.commit([put('a', { n: 3 }, 2)]);
        expect(await store.get('singleton', 'a')).toEqual({ key: 'a', version: 3, value: { n: 3 } });
      });

      it('knows nothing of what was never put, of what was deleted, and of other kinds', async () => {
        await store.commit([put('a', {}), put('b', {})]);
        await store.commit([remove('a')]);
        expect(await store.get('singleton', 'a')).toBeUndefined();
        expect(await store.get('singleton', 'c')).toBeUndefined();
        expect(await store.get('audit', 'b')).toBeUndefined();
        expect(await keys({})).toEqual(['b']);
      });

      it('begins at version 1 again after a delete, and deletes what is not there without complaint', async () => {
        await store.commit([put('a', {}), put('a', {}), remove('a'), remove('a', 0)]);
        await store.commit([put('a', { again: true }, 0)]);
        expect(await store.get('singleton', 'a')).toMatchObject({ version: 1 });
      });

      it('keeps its own copy of a value', async () => {
        const value = { list: [1] };
        await store.commit([put('a', value)]);
        value.list.push(2);
        const read = await store.get('singleton', 'a');
        // A store that shares what it keeps may refuse the change; none may let it through.
        if (!Object.isFrozen(read?.value)) Object.assign(read?.value ?? {}, { list: [] });
        expect((await store.get('singleton', 'a'))?.value).toEqual({ list: [1] });
      });

      it.each(['', 'half \ud800', 'nul \0', 'x'.repeat(1025)])('refuses the key %j', async (key) => {
        await expect(store.commit([put(key, {})])).rejects.toMatchObject({ code: 'input_invalid' });
        expect(await keys({})).toEqual([]);
      });
    });

    describe('lists', () => {
      const names = ['a', 'a/1', 'a/10', 'a/2', 'aa', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}', '\u{10ffff}x'];

      beforeEach(async () => {
        await store.commit([...names].reverse().map((key) => put(key, {})));
      });

      it('sorts by code point, both ways', async () => {
        expect(await keys({})).toEqual(names);
        expect(await keys({ reverse: true })).toEqual([...names].reverse());
      });

      it('takes those with a prefix, after a key, up to a limit', async () => {
        expect(await keys({ prefix: 'a/' })).toEqual(['a/1', 'a/10', 'a/2']);
        expect(await keys({ prefix: 'a/', after: 'a/1' })).toEqual(['a/10', 'a/2']);
        expect(await keys({ prefix: 'a/', after: 'a/2', reverse: true, limit: 1 })).toEqual(['a/10']);
        expect(await keys({ after: 'a/3', limit: 2 })).toEqual(['aa', 'b']);
        expect(await keys({ prefix: '\ud7ff' })).toEqual(['\ud7ff']);
        expect(await keys({ prefix: '\u{10ffff}', reverse: true })).toEqual(['\u{10ffff}x', '\u{10ffff}']);
        expect(await keys({ prefix: 'z' })).toEqual([]);
        expect(await keys({ limit: 0 })).toEqual([]);
      });
    });

    describe('commits', () => {
      it('refuses a version that is not there, names it, and changes nothing', async () => {
        await store.commit([put('a', { n: 1 })]);
        const refused = store.commit([put('b', {}), append('never'), put('a', { n: 2 }), remove('a', 7)]);
        await expect(refused).rejects.toMatchObject({
          code: 'write_conflict',
          details: { kind: 'singleton', key: 'a', expected: 7, found: 2 },
        });
        expect(await store.list('singleton')).toEqual([{ key: 'a', version: 1, value: { n: 1 } }]);
        expect([await store.lastEvent(), await messages()]).toEqual([0, []]);
      });

      it('refuses a second first write, and a first write that must be a second', async () => {
        await store.commit([put('a', {}, 0)]);
        await expect(store.commit([put('a', {}, 0)])).rejects.toMatchObject({ details: { expected: 0, found: 1 } });
        await expect(store.commit([put('b', {}, 1)])).rejects.toMatchObject({ details: { expected: 1, found: 0 } });
      });

      it('gives way to exactly one of many who saw the same version', async () => {
        await store.commit([put('a', {})]);
        const tries = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => store.commit([put('a', { n }, 1)])));
        expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await store.get('singleton', 'a')).toMatchObject({ version: 2 });
      });
    });

    describe('events', () => {
      it('numbers them without gaps and lists them from a number on', async () => {
        await store.commit([append('one'), append('two')]);
        await store.commit([append('three')]);
        expect(await store.events(1, 10)).toEqual([
          { sequence: 2, at: 1, kind: 'engine.started', message: 'two' },
          { sequence: 3, at: 1, kind: 'engine.started', message: 'three' },
        ]);
        expect(await messages(0, 2)).toEqual(['one', 'two']);
        expect([await store.lastEvent(), await messages(3)]).toEqual([3, []]);
      });

      it('drops the oldest and counts on, even when none is left', async () => {
        await store.commit(['one', 'two', 'three'].map(append));
        await store.pruneEvents(5);
        await store.pruneEvents(1);
        expect(await messages()).toEqual(['three']);
        await store.pruneEvents(0);
        await store.commit([append('four')]);
        expect(await store.events(0, 10)).toMatchObject([{ sequence: 4, message: 'four' }]);
        expect(await store.lastEvent()).toBe(4);
      });

      it('tells listeners of commits that appended, and only until they leave', async () => {
        let told = 0;
        const leave = store.onEvents(() => (told += 1));
        await store.commit([put('a', {})]);
        await expect(store.commit([append('never'), put('a', {}, 0)])).rejects.toMatchObject({ code: 'write_conflict' });
        await store.commit([append('one'), append('two')]);
        expect(told).toBe(1);
        leave();
        await store.commit([append('three')]);
        expect(told).toBe(1);
      });
    });

    describe('leases', () => {
      const held = (owner: string, token: number, expiresAt: number) => ({ name: 'engine', owner, token, expiresAt });

      it('L-04 gives a lease to one owner until it expires or is given back', async () => {
        expect(await store.acquireLease('engine', 'a', 1000, 500)).toEqual(held('a', 1, 1500));
        expect(await store.acquireLease('engine', 'b', 1499, 500)).toBeUndefined();
        expect(await store.acquireLease('engine', 'a', 1400, 500)).toEqual(held('a', 1, 1900));
        expect(await store.acquireLease('engine', 'b', 1899, 500)).toBeUndefined();
        expect(await store.acquireLease('engine', 'b', 1900, 500)).toEqual(held('b', 2, 2400));
        await store.releaseLease(held('b', 2, 2400));
        expect(await store.acquireLease('engine', 'c', 1901, 500)).toEqual(held('c', 3, 2401));
        expect(await store.acquireLease('other', 'd', 1901, 500)).toMatchObject({ token: 1 });
      });

      it('lets nobody give back what another holds by now', async () => {
        const old = await store.acquireLease('engine', 'a', 0, 10);
        await store.acquireLease('engine', 'b', 10, 10);
        await store.releaseLease(old ?? held('a', 1, 10));
        expect(await store.acquireLease('engine', 'c', 11, 10)).toBeUndefined();
      });

      it('L-04 refuses commits of a former holder and of one who gave the lease back', async () => {
        const a = (await store.acquireLease('engine', 'a', 0, 10)) ?? held('', 0, 0);
        await store.commit([put('x', { by: 'a' })], a);
        const b = (await store.acquireLease('engine', 'b', 10, 10)) ?? held('', 0, 0);
        await expect(store.commit([put('x', { by: 'late a' })], a)).rejects.toMatchObject({
          code: 'lease_lost',
          details: { token: 1, newest: 2 },
        });
        await store.commit([put('x', { by: 'b' })], b);
        await store.releaseLease(b);
        await expect(store.commit([put('x', {})], b)).rejects.toMatchObject({ code: 'lease_lost' });
        await expect(store.commit([put('x', {})], { name: 'none', token: 1 })).rejects.toMatchObject({ code: 'lease_lost' });
        expect((await store.get('singleton', 'x'))?.value).toEqual({ by: 'b' });
      });
    });

    it('refuses everything once closed, and closing again is harmless', async () => {
      await store.close();
      await store.close();
      await expect(store.get('singleton', 'a')).rejects.toMatchObject({ code: 'store_unavailable' });
      await expect(store.commit([put('a', {})])).rejects.toMatchObject({ code: 'store_unavailable' });
    });

    it('agrees with a plain map on every sequence of commits, reads and leases', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const fresh = await open();
          try {
            const model = new Model();
            for (const one of steps) expect(await act(fresh.store, one)).toEqual(model.act(one));
          } finally {
            await fresh.store.close();
            await fresh.discard();
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}

type Step =
  | { readonly do: 'commit'; readonly changes: readonly Change[] }
  | { readonly do: 'list'; readonly options: ListOptions }
  | { readonly do: 'prune'; readonly keep: number }
  | { readonly do: 'lease'; readonly owner: string; readonly now: number };

const key = fc.constantFrom('a', 'a/1', 'a/2', 'b', 'é', '😀');
const expected = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(key, fc.integer(), expected).map(([at, n, version]) => put(at, { n }, version)),
  fc.tuple(key, expected).map(([at, version]) => remove(at, version)),
  fc.string({ maxLength: 5 }).map(append),
);
const options: fc.Arbitrary<ListOptions> = fc.record(
  { prefix: fc.constantFrom('', 'a', 'a/', 'é'), after: key, limit: fc.nat(4), reverse: fc.boolean() },
  { requiredKeys: [] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('commit' as const), changes: fc.array(change, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('list' as const), options }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prune' as const), keep: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lease' as const), owner: fc.constantFrom('x', 'y'), now: fc.nat(100) }) },
);

/** What a step shows to its caller, plus the state that can be seen afterwards. */
async function act(store: Store, one: Step): Promise<unknown> {
  switch (one.do) {
    case 'commit': {
      const refused = await store.commit(one.changes).then(
        () => undefined,
        (error: { code: string; details: unknown }) => ({ code: error.code, details: error.details }),
      );
      return {
        refused,
        last: await store.lastEvent(),
        events: (await store.events(0, 100)).map(({ sequence, message }) => [sequence, message]),
      };
    }
    case 'list':
      return (await store.list('singleton', one.options)).map(({ key: at, version, value }) => [at, version, value.n]);
    case 'prune':
      return store.pruneEvents(one.keep);
    case 'lease':
      return store.acquireLease('l', one.owner, one.now, 20);
  }
}

/** The contract once more, as naively as it can be put. */
class Model {
  #documents = new Map<string, [number, unknown]>();
  #events: [number, string][] = [];
  #last = 0;
  #lease = { owner: '', token: 0, expiresAt: -1 };

  act(one: Step): unknown {
    switch (one.do) {
      case 'commit':
        return this.#commit(one.changes);
      case 'list':
        return this.#list(one.options);
      case 'prune':
        this.#events = this.#events.filter(([sequence]) => sequence > this.#last - one.keep);
        return undefined;
      case 'lease': {
        const { owner, token, expiresAt } = this.#lease;
        if (owner !== one.owner && expiresAt > one.now) return undefined;
        this.#lease = { owner: one.owner, token: owner === one.owner ? token : token + 1, expiresAt: one.now + 20 };
        return { name: 'l', ...this.#lease };
      }
    }
  }

  #commit(changes: readonly Change[]): unknown {
    const before = { documents: new Map(this.#documents), events: [...this.#events], last: this.#last };
    let refused: unknown;
    for (const one of changes) {
      if (one.op === 'append') this.#events.push([++this.#last, one.event.message]);
      else {
        const found = this.#documents.get(one.key)?.[0] ?? 0;
        if (one.expect !== undefined && one.expect !== found) {
          refused = { code: 'write_conflict', details: { kind: 'singleton', key: one.key, expected: one.expect, found } };
          break;
        }
        if (one.op === 'put') this.#documents.set(one.key, [found + 1, (one.value as { n: number }).n]);
        else this.#documents.delete(one.key);
      }
    }
    if (refused) [this.#documents, this.#events, this.#last] = [before.documents, before.events, before.last];
    return { refused, last: this.#last, events: this.#events };
  }

  #list({ prefix = '', after, limit, reverse = false }: ListOptions): unknown {
    const bytes = (text: string) => Buffer.from(text);
    const rows = [...this.#documents].sort(([a], [b]) => Buffer.compare(bytes(a), bytes(b)) * (reverse ? -1 : 1));
    const beyond = (at: string) => after === undefined || Buffer.compare(bytes(at), bytes(after)) * (reverse ? -1 : 1) > 0;
    return rows
      .filter(([at]) => at.startsWith(prefix) && beyond(at))
      .slice(0, limit)
      .map(([at, [version, n]]) => [at, version, n]);
  }
}
