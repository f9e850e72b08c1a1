// How a release that does not make it is taken back: when that is seen, how much is borne before, and what stays of it for a look.
import { describe, expect, it } from 'vitest';
import { blueGreen, canary, Drive } from '../../../test/kit/drive.ts';
import { aDeployment, anInstance, aRollout, aService, aTarget, scope } from '../../../test/kit/specs.ts';
import type { Deployment, EnvironmentState } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { Instance } from '../../model/instance.ts';
import type { Strategy } from '../../model/rollout/strategy.ts';
import { keptEnds, routing, wantedSets } from '../converge.ts';
import { settle } from '../settle.ts';
import { startDeployment } from '../start.ts';
import { resume } from './control.ts';
import { decideRollout } from './decide.ts';

const untilTold = [{ weight: 0.5, pause: 'people' }, { weight: 1 }] as const;

function aborted(drive: Drive): Drive {
  drive.deployment = { ...drive.deployment, abortRequested: { by: 'user:eva', at: drive.now } };
  return drive;
}

/** What the environment was before the deployment of a drive, and is after it. */
function settled({ deployment, old }: Drive): EnvironmentState {
  return settle({ scope, runtime: 'fake', services: { api: old }, deployment: 2, lastNumber: 2, history: [] }, deployment);
}

const setsOf = (state: EnvironmentState, now: number) =>
  Object.fromEntries(wantedSets(state, undefined, now).map(({ revision, replicas }) => [revision, replicas]));

const crashed = (revision: string, startedAt: number): Instance =>
  anInstance(revision, { state: 'exited', ready: false, startedAt, exit: { at: startedAt + 10, code: 1, requested: false } });

describe('what stays for a look', () => {
  it('C-02 after an abort the canary has no traffic at once, goes after a while, and the deployment does not wait for that', () => {
    const drive = new Drive(canary([...untilTold], { abortScaleDown: 30_000 }));
    drive.settle();
    aborted(drive).settle();
    expect(drive.deployment).toMatchObject({ outcome: 'aborted', endedAt: drive.now });
    expect(drive.sides).toEqual({ old: 4, fresh: 2, share: 0, oldShare: 1 });
    const state = settled(drive);
    const [old, fresh] = [revisionOf(drive.old), revisionOf(drive.fresh)];
    expect(setsOf(state, drive.now + 29_999)).toEqual({ [old]: 4, [fresh]: 2 });
    expect(keptEnds(state, drive.now)).toEqual([drive.now + 30_000]);
    expect(setsOf(state, drive.now + 30_000)).toEqual({ [old]: 4 });
    const routed = routing(state, undefined, [
      anInstance(old, { address: { host: 'h', port: 1 } }),
      anInstance(fresh, { address: { host: 'h', port: 2 } }),
    ]);
    expect(routed.services[0]?.releases.map((one) => one.release)).toEqual([drive.old.release]);
  });

  it('C-02 `keep` keeps it until the next deployment, whichever side of a switch it stood on; nothing said keeps nothing', () => {
    for (const strategy of [canary([...untilTold], { abortScaleDown: 'keep' }), blueGreen({ promote: 'manual', abortScaleDown: 'keep' })]) {
      const drive = new Drive(strategy);
      drive.settle();
      aborted(drive).settle();
      const state = settled(drive);
      expect(setsOf(state, Number.MAX_SAFE_INTEGER)).toMatchObject({ [revisionOf(drive.fresh)]: strategy.kind === 'canary' ? 2 : 4 });
      expect(keptEnds(state, 0)).toEqual([]);
      const next = aDeployment([]);
      expect(wantedSets(state, next, drive.now).map((one) => one.revision)).toEqual([revisionOf(drive.old)]);
    }
    const drive = new Drive(canary([...untilTold]));
    drive.settle();
    aborted(drive).settle();
    expect(settled(drive).kept).toBeUndefined();
  });

  it('C-02 a retry begins at the first step, whatever was kept', () => {
    const drive = new Drive(canary([{ weight: 0.25 }, ...untilTold], { abortScaleDown: 'keep' }));
    drive.settle();
    expect(drive.rollout.step?.index).toBe(1);
    aborted(drive).settle();
    const change = { service: 'api', kind: 'replace', reason: 'code', from: drive.old, to: drive.fresh } as const;
    const plan = { id: 'p', digest: 'sha256:0', scope, runtime: 'fake', kind: 'deploy', base: 1, changes: [change], warnings: [] } as const;
    const live = settled(drive);
    const again = startDeployment({
      plan: { ...plan, risk: 'medium', approval: 'none', createdAt: 0, expiresAt: 0, createdBy: 'user:eva' },
      live,
      running: undefined,
      by: 'user:eva',
      now: drive.now,
    });
    expect(again.services[0]).toMatchObject({ stage: 'waiting', sizes: { [revisionOf(drive.old)]: 4 } });
    expect(again.services[0]?.step).toBeUndefined();
  });
});

describe('a deadline that passes', () => {
  const late = (strategy: Strategy) => {
    const drive = new Drive(strategy);
    drive.settle({ fresh: 0 });
    drive.now += 60_000;
    drive.look({ fresh: 0 });
    return drive;
  };

  it('D-19 with `abort` takes the new release back, and lets it go after its delay', () => {
    const drive = late(canary([...untilTold], { abortScaleDown: 30_000 }));
    expect(drive.deployment.direction).toBe('reverting');
    drive.settle({ fresh: 0 });
    expect(drive.deployment.outcome).toBe('rolled_back');
    expect(settled(drive).kept).toEqual({ api: { revision: revisionOf(drive.fresh), replicas: 2, until: drive.now + 30_000 } });
  });

  it.each([
    ['canary', canary([...untilTold], { onDeadline: 'keep' })],
    ['rolling', { kind: 'rolling', surge: 1, unavailable: 0, bake: 10_000, onDeadline: 'keep' } as const],
  ])('D-19 with `keep` the new release of a %s stays, the deployment pauses and says why, and resuming gives it the whole time again', (_, strategy) => {
    const drive = late(strategy);
    expect(drive.deployment).toMatchObject({
      direction: 'forward',
      held: { by: 'probe.deadline', reason: expect.stringContaining('within 60s') },
    });
    const { sizes } = drive.rollout;
    expect(sizes[revisionOf(drive.fresh)]).toBeGreaterThan(0);
    drive.now += 3_600_000;
    drive.settle({ fresh: 0 });
    expect(drive.rollout.sizes).toEqual(sizes);
    drive.deployment = resume(drive.deployment, drive.now);
    drive.now += 59_999;
    drive.look({ fresh: 0 });
    expect(drive.deployment.held).toBeUndefined();
    drive.now += 1;
    drive.look({ fresh: 0 });
    expect(drive.deployment.held).toBeDefined();
    aborted(drive).settle();
    expect(drive.deployment.outcome).toBe('aborted');
  });
});

describe('failures', () => {
  const rolling: Strategy = { kind: 'rolling', surge: 1, unavailable: 0, bake: 10_000, maxFailureRatio: 0.4 };

  it('one that every further start would repeat is enough, whatever is borne, and is told as it is', () => {
    for (const strategy of [rolling, canary([...untilTold])])
      for (const final of [true, undefined] as const) {
        const drive = new Drive(strategy);
        const revision = revisionOf(drive.fresh);
        const exit = { at: 20, because: 'there is no such command', requested: false, final };
        drive.look({ fresh: 0 }, [anInstance(revision, { id: 'first', state: 'exited', ready: false, startedAt: 10, exit })]);
        expect(drive.deployment).toMatchObject(
          final
            ? { direction: 'reverting', reason: `api: first of ${drive.fresh.release} could not be started: there is no such command` }
            : { direction: 'forward' },
        );
      }
  });

  it('D-24 with a ratio of 0.4 and 4 replicas one failure is borne, and the second triggers the rollback: on the way, in the bake, and over both', () => {
    for (const stage of ['shifting', 'baking'] as const) {
      const drive = new Drive(rolling);
      if (stage === 'baking') drive.settle();
      expect(drive.rollout.stage).toBe(stage);
      const fresh = revisionOf(drive.fresh);
      drive.look({}, [crashed(fresh, drive.now)]);
      expect(drive.deployment.direction).toBe('forward');
      if (stage === 'shifting') drive.settle();
      drive.look({}, [crashed(fresh, 1_000), crashed(fresh, drive.now)]);
      expect(drive.deployment).toMatchObject({ direction: 'reverting' });
    }
  });

  it('D-24 an instance that is not ready in the bake counts as one that failed', () => {
    const drive = new Drive(rolling);
    drive.settle();
    drive.look({ fresh: 3 });
    expect(drive.deployment.direction).toBe('forward');
    drive.look({ fresh: 2 });
    expect(drive.deployment.direction).toBe('reverting');
  });

  it('D-24 without a ratio two crashes are borne on the way, and none in the bake', () => {
    const { maxFailureRatio: _none, ...strict } = rolling;
    const drive = new Drive(strict);
    const fresh = revisionOf(drive.fresh);
    drive.look({}, [crashed(fresh, 1_000), crashed(fresh, 1_000)]);
    expect(drive.deployment.direction).toBe('forward');
    drive.settle();
    drive.look({}, [crashed(fresh, drive.now)]);
    expect(drive.deployment.direction).toBe('reverting');
  });

  it('tells how the one that is missing in the bake ended, though that was a moment before', () => {
    const { maxFailureRatio: _none, ...strict } = rolling;
    const drive = new Drive(strict);
    drive.settle();
    const early = crashed(revisionOf(drive.fresh), drive.rollout.since - 20);
    drive.look({ fresh: 3 }, [early]);
    const told = `api: 3 of 4 instances of ${drive.fresh.release} are ready during the bake window; ${early.id}: exited with code 1`;
    expect(drive.deployment).toMatchObject({ direction: 'reverting', reason: told });
  });

  it('C-25 a canary that is out of attempts fails long before its deadline, and also while it waits for people', () => {
    const drive = new Drive(canary([...untilTold]));
    const fresh = revisionOf(drive.fresh);
    drive.settle({ fresh: 0 });
    drive.now += 1_000;
    drive.look(
      { fresh: 0 },
      [1, 2, 3].map(() => crashed(fresh, drive.now)),
    );
    expect(drive.deployment).toMatchObject({ direction: 'reverting', reason: expect.stringContaining('exited with code 1') });

    const waiting = new Drive(canary([...untilTold]));
    waiting.settle();
    expect(waiting.rollout.step?.reachedAt).toBeDefined();
    waiting.look(
      {},
      [1, 2, 3].map(() => crashed(fresh, waiting.now)),
    );
    expect(waiting.deployment.direction).toBe('reverting');
  });

  it.each([
    [{ condition: 'none' }, 0],
    [{ attempts: 0 }, 0],
    [{ attempts: 1 }, 1],
    [{ attempts: 9 }, 2],
    [{ condition: 'on-failure' }, 2],
  ] as const)('C-25 O-03 with restart %j a release of one instance may end %i times on the way, and no more', (restart, borne) => {
    const drive = new Drive({ kind: 'rolling', surge: 1, unavailable: 0, bake: 10_000 }, { replicas: 1, restart });
    const fresh = revisionOf(drive.fresh);
    const crashes = Array.from({ length: borne + 1 }, () => crashed(fresh, drive.now));
    drive.look({ fresh: 0 });
    drive.look({ fresh: 0 }, crashes.slice(1));
    expect(drive.deployment.direction).toBe('forward');
    drive.look({ fresh: 0 }, crashes);
    expect(drive.deployment).toMatchObject({ direction: 'reverting', reason: expect.stringContaining('exited with code 1') });
    expect(drive.deployment.reason?.includes('restart.')).toBe(borne < 2);
  });

  it('D-13 bad after bad: no more than the surge of the newest, the old one keeps its capacity, and both are told as rolled back', () => {
    const spec = aService({ replicas: 4 });
    const [good, bad, worse] = ['v1', 'v2', 'v3'].map((code) => aTarget(spec, code));
    if (!good || !bad || !worse) throw new Error('no targets');
    for (const to of [bad, worse]) {
      let deployment: Deployment = aDeployment([aRollout(good, to)]);
      for (let now = 0; !deployment.outcome && now < 600_000; now += 10_000) {
        const sizes = deployment.services[0]?.sizes ?? {};
        expect(sizes[revisionOf(to)] ?? 0).toBeLessThanOrEqual(1);
        expect(sizes[revisionOf(good)]).toBe(4);
        const instances = Object.entries(sizes).flatMap(([one, size]) =>
          Array.from({ length: size }, () => anInstance(one, { ready: one === revisionOf(good), startedAt: now })),
        );
        deployment = decideRollout(deployment, { instances }, now).deployment;
      }
      expect(deployment.outcome).toBe('rolled_back');
    }
  });
});
