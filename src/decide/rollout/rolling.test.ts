// The floor and the ceiling of a rolling update, as properties over random worlds that are driven to their end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anInstance, scope } from '../../../test/kit/specs.ts';
import type { Instance } from '../../model/instance.ts';
import { Census } from '../census.ts';
import type { RollingGoal } from './rolling.ts';
import { nextSizes } from './rolling.ts';

const census = (instances: readonly Instance[]) => new Census(scope, instances);
const many = (revision: string, count: number, ready: boolean) => Array.from({ length: count }, () => anInstance(revision, { ready }));

describe('nextSizes', () => {
  const goal: RollingGoal = { revision: 'api@new', wanted: 3, surge: 1, unavailable: 0, capacityFirst: false };

  it('starts one more than wanted and stops nothing before it is ready', () => {
    expect(nextSizes({ 'api@old': 3 }, goal, census(many('api@old', 3, true)))).toEqual({ 'api@old': 3, 'api@new': 1 });
  });

  it('stops one old instance for each new one that is ready', () => {
    const world = census([...many('api@old', 3, true), ...many('api@new', 1, true)]);
    expect(nextSizes({ 'api@old': 3, 'api@new': 1 }, goal, world)).toEqual({ 'api@old': 2, 'api@new': 1 });
  });

  it('D-14 clears unready instances of a bad release out of the way of its fix', () => {
    const world = census([...many('api@good', 3, true), ...many('api@bad', 1, false)]);
    expect(nextSizes({ 'api@bad': 1, 'api@good': 3 }, goal, world)).toMatchObject({ 'api@bad': 0, 'api@good': 3 });
  });

  it('does not shrink the old release because one of its own instances is being restarted', () => {
    const world = census([...many('api@old', 2, true), ...many('api@old', 1, false)]);
    expect(nextSizes({ 'api@old': 3, 'api@new': 1 }, goal, world)).toMatchObject({ 'api@old': 3 });
  });

  it('keeps who was to go by a decision that was overtaken, and still serves, up to the ceiling', () => {
    const world = census([...many('api@old', 2, true), ...many('api@mid', 1, true)]);
    expect(nextSizes({ 'api@old': 0, 'api@mid': 1 }, goal, world)).toEqual({ 'api@old': 2, 'api@mid': 1, 'api@new': 1 });
    expect(nextSizes({ 'api@old': 0, 'api@mid': 1 }, { ...goal, unavailable: 2 }, world)).toMatchObject({ 'api@old': 0, 'api@mid': 1 });
    expect(nextSizes({ 'api@old': 0, 'api@mid': 1, 'api@new': 3 }, goal, world)).toMatchObject({ 'api@old': 0, 'api@new': 3 });
  });

  it('restores capacity first when it goes back', () => {
    const world = census([...many('api@new', 1, true), ...many('api@old', 2, true)]);
    const back: RollingGoal = { ...goal, revision: 'api@new', capacityFirst: true };
    expect(nextSizes({ 'api@old': 2, 'api@new': 1 }, back, world)).toEqual({ 'api@old': 2, 'api@new': 3 });
  });

  it('D-12 begins nothing new before the last old instance is gone, where nobody is asked', () => {
    const aim: RollingGoal = { revision: 'api@new', wanted: 2, surge: 0, unavailable: 2, capacityFirst: false, oldFirst: true };
    const stopping = census([anInstance('api@old', { state: 'draining' })]);
    expect(nextSizes({ 'api@old': 2 }, aim, census(many('api@old', 2, true)))).toEqual({ 'api@old': 0, 'api@new': 0 });
    expect(nextSizes({ 'api@old': 0, 'api@new': 0 }, aim, stopping)).toEqual({ 'api@old': 0, 'api@new': 0 });
    expect(nextSizes({ 'api@old': 0, 'api@new': 0 }, aim, census([]))).toEqual({ 'api@new': 2 });
  });

  it('drops a set once its last instance is gone', () => {
    expect(nextSizes({ 'api@old': 0, 'api@new': 3 }, goal, census(many('api@new', 3, true)))).toEqual({ 'api@new': 3 });
  });

  it('never plans under the floor nor over the ceiling, and arrives', () => {
    const worlds = fc.record({
      before: fc.integer({ min: 1, max: 8 }),
      wanted: fc.integer({ min: 1, max: 8 }),
      surge: fc.integer({ min: 0, max: 3 }),
      unavailable: fc.integer({ min: 0, max: 3 }),
      slow: fc.infiniteStream(fc.boolean()),
    });
    fc.assert(
      fc.property(worlds, ({ before, wanted, surge, unavailable, slow }) => {
        fc.pre(surge + unavailable > 0);
        const aim: RollingGoal = { revision: 'api@new', wanted, surge, unavailable, capacityFirst: false };
        let sizes: Readonly<Record<string, number>> = { 'api@old': before };
        let readyNew = 0;
        for (let step = 0; step < 200; step += 1) {
          const world = census([
            ...many('api@old', sizes['api@old'] ?? 0, true),
            ...many('api@new', readyNew, true),
            ...many('api@new', (sizes['api@new'] ?? 0) - readyNew, false),
          ]);
          sizes = nextSizes(sizes, aim, world);
          const old = sizes['api@old'] ?? 0;
          const fresh = sizes['api@new'] ?? 0;
          expect(old + Math.min(readyNew, fresh)).toBeGreaterThanOrEqual(Math.min(wanted - unavailable, before));
          expect(old + fresh).toBeLessThanOrEqual(Math.max(before, wanted + surge));
          if (readyNew < fresh && !slow.next().value) readyNew += 1;
        }
        expect(sizes).toMatchObject({ 'api@new': wanted });
        expect(sizes['api@old'] ?? 0).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
