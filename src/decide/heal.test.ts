// Starting, draining, stopping.
import { describe, expect, it } from 'vitest';
import { anInstance, aService } from '../../test/kit/specs.ts';
import type { Instance } from '../model/instance.ts';
import type { HealQuestion } from './heal.ts';
import { heal } from './heal.ts';

const { stop, probe } = aService();
const ask = (instances: readonly Instance[], varied: Partial<HealQuestion> = {}) =>
  heal({ wanted: 1, instances, stop, probe, routed: new Set(), inFlight: {}, watchedSince: 0, now: 100_000, ...varied });
const one = (varied: Partial<Instance> = {}) => anInstance('api@a', varied);

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

  it('O-03 with `none` leaves alone what fails its probes, and asks nobody to look again for it', () => {
    const [sick, stuck] = [one({ dead: true }), one({ ready: false, readyAt: undefined, startedAt: 0 })];
    expect(ask([sick, stuck], { wanted: 2, restart: { condition: 'none' } })).toEqual({ actions: [], wakeAt: undefined });
  });

  it('O-03 remembers who left a place empty until all places are filled again', () => {
    const done = one({ state: 'exited', ready: false, exit: { requested: false, code: 0, at: 1 } });
    const restart = { condition: 'on-failure' } as const;
    expect(ask([done], { restart }).actions).toEqual([]);
    expect(ask([one(), done], { wanted: 2, restart }).actions).toEqual([]);
    expect(ask([one(), one(), done], { wanted: 2, restart }).actions).toEqual([{ kind: 'forget', instance: done.id }]);
    const many = Array.from({ length: 12 }, () => one({ state: 'exited', ready: false, exit: { requested: false, code: 0, at: 1 } }));
    expect(ask(many, { wanted: 12, restart }).actions).toEqual([]);
  });
});
