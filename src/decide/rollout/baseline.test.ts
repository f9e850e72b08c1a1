// A canary beside as much of the old release: instances of its own, a share of its own, counters of its own.
import { describe, expect, it } from 'vitest';
import { canary, Drive } from '../../../test/kit/drive.ts';
import { anInstance, scope } from '../../../test/kit/specs.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { AnalysisSpec } from '../../model/rollout/strategy.ts';
import type { ReleaseTraffic, TrafficObservation } from '../../model/route.ts';
import { routing, wantedSets } from '../converge.ts';

const analysis: AnalysisSpec = { errors: { worseBy: 0.01 }, confidence: 0.99, atMost: 300_000, baseline: 'equal' };
const quarter = [{ weight: 0.25 }, { weight: 1 }];

function beside(steps: Parameters<typeof canary>[0], spec: AnalysisSpec = analysis) {
  const drive = new Drive(canary(steps, { analysis: spec }));
  const [old, fresh] = [revisionOf(drive.old), revisionOf(drive.fresh)];
  const baseline = revisionOf({ ...drive.old, generation: drive.old.generation + 1 });
  return { drive, old, fresh, baseline };
}

/** Looks once a second at counters that grow by 100 requests each, of which so many fail. */
function judged({ drive, fresh, baseline }: ReturnType<typeof beside>, failing: { old: number; baseline: number; fresh: number }) {
  const { release: old } = drive.old;
  for (let second = 1; second < 250 && drive.deployment.direction === 'forward' && drive.sides.share < 1; second += 1) {
    const counted = (release: string, share: number): ReleaseTraffic => {
      const failures = Math.floor(second * 100 * share);
      return { service: 'shop/test/api', release, requests: second * 100, failures, latency: [] };
    };
    const releases = [counted(old, failing.old), counted(baseline, failing.baseline), counted(fresh, failing.fresh)];
    drive.now += 1_000;
    for (let turn = 0; turn < 3; turn += 1) drive.look({}, [], { epoch: 'one', releases } as unknown as TrafficObservation);
  }
  return drive;
}

describe('a canary with an equal baseline', () => {
  it('is given its share only when as many new instances of the old release stand beside it, which get as much', () => {
    const { drive, old, fresh, baseline } = beside(quarter);
    drive.settle({ beside: 0 });
    expect(drive.rollout).toMatchObject({ sizes: { [old]: 4, [fresh]: 1, [baseline]: 1 }, weights: { [old]: 1 } });
    drive.settle();
    expect(drive.rollout.weights).toEqual({ [old]: 0.5, [fresh]: 0.25, [baseline]: 0.25 });
  });

  it('has what is left above half of the traffic, shrinks only when its share has, and is gone with the last step', () => {
    const { drive, old, fresh, baseline } = beside([{ weight: 0.5, pause: 1_000 }, { weight: 0.75, pause: 1_000 }, { weight: 1 }], {
      ...analysis,
      background: true,
    });
    drive.settle();
    expect(drive.rollout).toMatchObject({ sizes: { [old]: 4, [fresh]: 2, [baseline]: 2 }, weights: { [fresh]: 0.5, [baseline]: 0.5 } });
    drive.now += 1_000;
    drive.settle({ fresh: 2 });
    expect(drive.rollout.sizes).toEqual({ [old]: 4, [fresh]: 3, [baseline]: 2 });
    drive.settle();
    expect(drive.rollout).toMatchObject({ sizes: { [baseline]: 1 }, weights: { [fresh]: 0.75, [baseline]: 0.25 } });
    drive.deployment = { ...drive.deployment, unwatched: { by: 'user:eva', at: drive.now } };
    drive.settle();
    expect(drive.rollout.sizes).toEqual({ [old]: 4, [fresh]: 4 });
    expect(drive.rollout.weights).toEqual({ [fresh]: 1 });
  });

  it('is compared with that part alone: what only young instances do wrong is not held against it, and what they do right is no excuse', () => {
    const young = { old: 0, baseline: 0.05, fresh: 0.05 };
    const fine = judged(beside(quarter), young);
    expect(fine.deployment.direction).toBe('forward');
    expect(fine.sides.share).toBe(1);
    const { baseline: _all, ...withAll } = analysis;
    expect(judged(beside(quarter, withAll), young).deployment.direction).toBe('reverting');
    expect(judged(beside(quarter), { old: 0.05, baseline: 0, fresh: 0.05 }).deployment.direction).toBe('reverting');
  });

  it('is counted under a name of its own, and runs the old release', () => {
    const { drive, old, baseline } = beside(quarter);
    drive.settle();
    const state = { scope, runtime: 'fake', services: { api: drive.old }, deployment: 2, lastNumber: 2, history: [] };
    const address = { host: '127.0.0.1', port: 1 };
    const instances = Object.keys(drive.rollout.sizes).map((one) => anInstance(one, { address }));
    const [service] = routing(state, drive.deployment, instances).services;
    const lines = service?.releases.map(({ release, weight, upstreams }) => [release, { weight, instances: upstreams.length }] as const);
    expect(Object.fromEntries(lines ?? [])).toEqual({
      [old]: { weight: 0.5, instances: 1 },
      [drive.fresh.release]: { weight: 0.25, instances: 1 },
      [baseline]: { weight: 0.25, instances: 1 },
    });
    expect(wantedSets(state, drive.deployment, 0).find((one) => one.revision === baseline)).toMatchObject({
      release: drive.old.release,
      generation: 1,
      replicas: 1,
    });
  });

  it('ends as inconclusive when the old release does not start any more', () => {
    const { drive } = beside(quarter);
    drive.settle({ beside: 0 });
    drive.now += 60_000;
    drive.look({ beside: 0 });
    expect(drive.deployment).toMatchObject({
      direction: 'reverting',
      undecided: true,
      reason: expect.stringContaining('analysis.baseline'),
    });
    drive.settle({ beside: 0 });
    expect(drive.deployment.outcome).toBe('inconclusive');
  });

  it('leaves nothing of it behind when somebody aborts', () => {
    const { drive, old } = beside(quarter);
    drive.settle();
    drive.deployment = { ...drive.deployment, abortRequested: { by: 'user:eva', at: drive.now } };
    drive.settle();
    expect(drive.deployment.outcome).toBe('aborted');
    expect(drive.rollout.sizes).toEqual({ [old]: 4 });
  });
});
