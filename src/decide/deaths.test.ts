// What is told of instances that ended by themselves: replaced, being replaced, or waiting after repeated failures.
import { describe, expect, it } from 'vitest';
import { anInstance, aService, aTarget, scope } from '../../test/kit/specs.ts';
import type { EnvironmentState } from '../model/deployment.ts';
import { revisionOf } from '../model/deployment.ts';
import type { Instance } from '../model/instance.ts';
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

  it('are the business of the deployment that runs, and no drift when they were told to end', () => {
    expect(deathsOf({ ...state, deployment: 2 }, [died(5_000)], 6_000)).toEqual([]);
    expect(deathsOf(state, [running(0), running(0), died(5_000, { exit: { requested: true, at: 5_000 } })], 6_000)).toEqual([]);
  });
});
