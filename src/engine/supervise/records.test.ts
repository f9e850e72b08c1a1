// Records are found by id, set and scope, and leave nothing behind.
import { describe, expect, it } from 'vitest';
import type { InstanceRecord } from '../../ports/store.ts';
import { Records } from './records.ts';

const record = (id: string, replicaSet: string): InstanceRecord => ({
  id,
  replicaSet,
  generation: 0,
  state: 'running',
  ready: true,
  startedAt: 0,
  driver: 'fake',
  handle: {},
});

describe('records', () => {
  const records = new Records();
  for (const [id, set] of [
    ['a', 'shop/test/api@1'],
    ['b', 'shop/test/api@1'],
    ['c', 'shop/test/api@2+1'],
    ['d', 'shop/test2/api@1'],
    ['e', 'shop2/test/api@1'],
  ] as const)
    records.put(record(id, set));
  const ids = (found: readonly InstanceRecord[]) => found.map((one) => one.id);

  it('are found by id, by set and by scope, and by no other scope that begins alike', () => {
    expect(records.get('d')).toMatchObject({ replicaSet: 'shop/test2/api@1' });
    expect(ids(records.ofSet('shop/test/api@1'))).toEqual(['a', 'b']);
    expect(ids(records.under('shop/test/'))).toEqual(['a', 'b', 'c']);
    expect(ids(records.under('shop/'))).toEqual([]);
  });

  it('are replaced by the same id, and gone when deleted', () => {
    records.put({ ...record('c', 'shop/test/api@2+1'), ready: false });
    expect(records.under('shop/test/').map((one) => one.ready)).toEqual([true, true, false]);
    for (const id of ['a', 'b', 'c']) records.delete(id);
    expect(records.under('shop/test/')).toEqual([]);
    expect([...records.ids()]).toEqual(['d', 'e']);
  });
});
