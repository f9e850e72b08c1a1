// Starts are let through up to the limit, in turn, and room comes back when an instance is ready, has ended, or takes too long.
import { beforeEach, describe, expect, it } from 'vitest';
import { anInstance, scope } from '../../../test/kit/specs.ts';
import { ManualClock } from '../../base/manual-clock.ts';
import { StartSlots } from './slots.ts';

const [one, other] = [
  { id: 'one', scope },
  { id: 'other', scope: { ...scope, environment: 'other' } },
];
const starting = (id: string) => anInstance('api@1', { id, ready: false, readyAt: undefined });

let clock: ManualClock;
let woken: (string | number)[];
let slots: StartSlots;
beforeEach(() => {
  clock = new ManualClock(0);
  woken = [];
  slots = new StartSlots({ clock, startsAtOnce: 2, wake: ({ environment }, at) => woken.push(at ?? environment) });
});

/** Begins what there is room for, under these names. */
function begin(set: typeof one, wanted: number, prefix: string): readonly string[] {
  const ids = Array.from({ length: slots.room(set, wanted) }, (_, index) => `${prefix}${index}`);
  for (const id of ids) slots.begin(id);
  return ids;
}

describe('starts at once', () => {
  it('L-03 are as many as the machine allows, over all applications', () => {
    expect(begin(one, 5, 'a')).toEqual(['a0', 'a1']);
    expect(begin(other, 1, 'b')).toEqual([]);
    slots.note(starting('a0'));
    expect(begin(other, 1, 'b')).toEqual([]);
  });

  it('L-03 come to who waits, in turn, when one is ready or has ended', () => {
    begin(one, 5, 'a');
    begin(other, 3, 'b');
    woken = [];
    slots.note(anInstance('api@1', { id: 'a0' }));
    expect(woken).toEqual(['test', 'other']);
    expect(begin(one, 3, 'c')).toEqual(['c0']);
    slots.note(anInstance('api@1', { id: 'a1', state: 'exited', readyAt: undefined }));
    // It is the other one's turn now.
    expect(begin(one, 2, 'd')).toEqual([]);
    expect(begin(other, 3, 'e')).toEqual(['e0']);
  });

  it('are not held up for longer than ten seconds by one that is never ready, nor by who no longer asks', () => {
    begin(one, 3, 'a');
    expect(woken).toEqual([10_000]);
    clock.moveTo(9_999);
    expect(begin(other, 1, 'b')).toEqual([]);
    clock.moveTo(10_000);
    expect(begin(other, 1, 'b')).toEqual(['b0']);
  });

  it('are as many as wanted where nothing limits them', () => {
    slots = new StartSlots({ clock, wake: () => undefined });
    expect(begin(one, 50, 'a')).toHaveLength(50);
    expect(begin(other, 50, 'b')).toHaveLength(50);
  });

  it('are nobody’s strays until they have a record', () => {
    begin(one, 1, 'a');
    expect([...slots.unrecorded()]).toEqual(['a0']);
    slots.recorded('a0');
    expect([...slots.unrecorded()]).toEqual([]);
  });
});
