// What is told of instances that ended by themselves: replaced, being replaced, or waiting after repeated failures.
import { describe, expect, it } from 'vitest';
import { anInstance, aService, aTarget, scope } from '../../test/kit/specs.ts';
import type { EnvironmentState } from '../model/deployment.ts';
import { revisionOf } from '../model/deployment.ts';
import type { Instance } from '../model/instance.ts';
import type { RestartSpec } from '../model/service.ts';
import { deathsOf } from './deaths.ts';

const target = aTarget(aService({ replicas: 2 }), 'v1');
const revision = revisionOf(target);
const state: EnvironmentState = { scope, runtime: 'fake', services: { api: target }, lastNumber: 1, history: [] };
const died = (at: number, varied: Partial<Instance> = {}) =>
  anInstance(revision, { state: 'exited', ready: false, exit: { requested: false, signal: 'SIGKILL', at }, ...varied });
const running = (startedAt: number) => anInstance(revision, { startedAt, readyAt: startedAt + 200 });

describe('instances that ended by themselves', () => {
  it('are repaired from the moment on at which their replacement was ready, and forgotten after a while', () => {
    const instances = [running(0), died(5_000), running(5_100)];
    expect(deathsOf(state, instances, 9_000)).toMatchObject([{ state: 'repaired', foundAt: 5_000, repairedAt: 5_300 }]);
    expect(deathsOf(state, instances, 5_300 + 600_001)).toEqual([]);
  });

  it('are being repaired until the replacement is ready, however long that takes', () => {
    const instances = [running(0), died(5_000), anInstance(revision, { startedAt: 5_100, ready: false, readyAt: undefined })];
    expect(deathsOf(state, instances, 1_000_000)).toMatchObject([{ state: 'repairing', because: 'its replacement is not ready yet' }]);
  });

  it('wait after repeated failures, and say for how long', () => {
    const [drift, ...others] = deathsOf(state, [running(0), died(5_000), died(6_000), died(8_000)], 8_500).toReversed();
    expect(drift).toMatchObject({ state: 'repairing', because: 'after repeated failures the next start is in 1.5s' });
    expect(others.map((one) => one.state)).toEqual(['repaired', 'repaired']);
  });

  it('O-03 say whose place stays empty, and why; the one that failed beside it was replaced', () => {
    const policy = (restart: RestartSpec) => ({ ...state, services: { api: { ...target, spec: { ...target.spec, restart } } } });
    const done = died(6_000, { exit: { requested: false, code: 0, at: 6_000 } });
    const drift = deathsOf(policy({ condition: 'on-failure' }), [done, died(7_000), running(7_100)], 9_000);
    expect(drift).toMatchObject([
      { state: 'repaired', foundAt: 7_000 },
      { state: 'refused', because: 'its place stays empty (restart.condition is on-failure)', foundAt: 6_000 },
    ]);
    const spent = [running(0), died(5_000), died(6_000)];
    expect(deathsOf(policy({ attempts: 0 }), spent, 8_500).at(-1)).toMatchObject({
      state: 'refused',
      because: 'restart.attempts (0 for each of 2 instances) are used up',
    });
    expect(deathsOf(policy({ attempts: 0, window: 60_000 }), spent, 8_500).at(-1)).toMatchObject({
      state: 'repairing',
      because: 'restart.attempts (0 for each of 2 instances) are used up; the next start is in 56.5s',
    });
  });

  it('are the business of the deployment that runs, and no drift when they were told to end', () => {
    expect(deathsOf({ ...state, deployment: 2 }, [died(5_000)], 6_000)).toEqual([]);
    expect(deathsOf(state, [running(0), running(0), died(5_000, { exit: { requested: true, at: 5_000 } })], 6_000)).toEqual([]);
  });
});
