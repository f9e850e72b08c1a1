// Starting, draining, stopping and the pace of restarts.
import { describe, expect, it } from 'vitest';
import { anInstance, aService } from '../../test/kit/specs.ts';
import type { Instance } from '../model/instance.ts';
import type { HealQuestion } from './heal.ts';
import { heal, restartAllowedAt } from './heal.ts';

const { stop, probe } = aService();
const ask = (instances: readonly Instance[], varied: Partial<HealQuestion> = {}) =>
  heal({ wanted: 1, instances, stop, probe, routed: new Set(), inFlight: {}, watchedSince: 0, now: 100_000, ...varied });
const one = (varied: Partial<Instance> = {}) => anInstance('api@a', varied);
const crashed = (startedAt: number, at: number) =>
  one({ state: 'exited', ready: false, startedAt, readyAt: startedAt, exit: { requested: false, code: 1, at } });

describe('heal', () => {
  it('starts what is missing', () => {
    expect(ask([], { wanted: 2 }).actions).toEqual([{ kind: 'start' }, { kind: 'start' }]);
  });

  it('drains the surplus: first who is not ready, then the youngest', () => {
    const [veteran, youngster, unready] = [one({ startedAt: 1 }), one({ startedAt: 9 }), one({ startedAt: 5, ready: false })];
    const drained = ask([veteran, youngster, unready]).actions.map((action) => 'instance' in action && action.instance);
    expect(drained).toEqual([unready.id, youngster.id]);
  });

  it('R-12 stops a draining instance only when nothing is routed to it and nothing is in flight', () => {
    const leaving = one({ state: 'draining', drainingAt: 99_000 });
    const stops = (varied: Partial<HealQuestion>) =>
      ask([leaving], { wanted: 0, ...varied }).actions.some((action) => action.kind === 'stop');
    expect(stops({ routed: new Set([leaving.id]) })).toBe(false);
    expect(stops({ inFlight: { [leaving.id]: 1 } })).toBe(false);
    expect(stops({})).toBe(true);
  });

  it('R-02 stops it when its drain time is over, whatever is in flight, and says when that will be', () => {
    const leaving = one({ state: 'draining', drainingAt: 100_000 });
    expect(ask([leaving], { wanted: 0, inFlight: { [leaving.id]: 1 } }).wakeAt).toBe(100_000 + stop.drain);
    expect(ask([leaving], { wanted: 0, inFlight: { [leaving.id]: 1 }, now: 100_000 + stop.drain }).actions).toContainEqual({
      kind: 'stop',
      instance: leaving.id,
    });
  });

  it('replaces what failed its liveness probe', () => {
    const sick = one({ dead: true });
    expect(ask([sick]).actions.map((action) => action.kind)).toEqual(['drain', 'start']);
  });

  it('gives an instance its whole deadline again when nobody had looked for a while', () => {
    const adopted = one({ ready: false, readyAt: undefined, startedAt: 100_000 - probe.deadline });
    expect(ask([adopted], { watchedSince: 99_000 })).toEqual({ actions: [], wakeAt: 99_000 + probe.deadline });
  });

  it('replaces what never became ready within its deadline', () => {
    const stuck = one({ ready: false, readyAt: undefined, startedAt: 100_000 - probe.deadline });
    expect(ask([stuck]).actions.map((action) => action.kind)).toEqual(['drain', 'start']);
  });
});

describe('restartAllowedAt', () => {
  it('restarts the first time at once, then after 1, 2, 4 … 60 seconds', () => {
    const waits = Array.from({ length: 9 }, (_, count) => {
      const crashes = Array.from({ length: count + 1 }, (_unused, index) => crashed(index * 10, index * 10 + 5));
      return Math.max(0, restartAllowedAt(crashes, count * 10 + 5) - (count * 10 + 5));
    });
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('forgets failures once an instance stayed ready for a minute', () => {
    const crashes = [crashed(0, 5), crashed(10, 15), crashed(20, 25), crashed(30, 95_000)];
    expect(restartAllowedAt(crashes, 1_000_000)).toBe(0);
  });

  it('is not cleared by a replica that became ready only now: two that take turns in dying would be restarted without a pause', () => {
    const crashes = [1, 2, 3, 4].map((count) => crashed(count * 300, count * 300 + 200));
    const survivor = one({ startedAt: 1_300, readyAt: 1_400 });
    expect(restartAllowedAt([...crashes, survivor], 1_500)).toBe(1_400 + 4_000);
    expect(restartAllowedAt([...crashes, survivor], 61_400)).toBe(0);
  });
});
