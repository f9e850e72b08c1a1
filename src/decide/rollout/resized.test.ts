// Other sizes in the middle of a rollout: what a scaler wants meanwhile, and who stands in for whom.
import { describe, expect, it } from 'vitest';
import { canary, Drive } from '../../../test/kit/drive.ts';
import { resizeDeployment } from '../scale/resize.ts';

describe('a rollout at load', () => {
  const never = { window: 0, rates: [] };
  const scale = {
    min: 1,
    max: 20,
    targets: { cpu: 0.7 },
    every: 1_000,
    tolerance: 0.1,
    up: never,
    down: never,
    schedule: [],
    zeroAfter: 0,
  };

  it('gives nothing to a new side that came up while the old one, asleep until now, is still growing', () => {
    const drive = new Drive(canary([{ weight: 0.2, pause: 3_000 }, { weight: 1 }]), { scale: { ...scale, min: 0 } });
    const want = (replicas: number): void => {
      drive.deployment = resizeDeployment(drive.deployment, 'api', replicas, drive.now);
    };
    want(1);
    drive.settle({ fresh: 0 });
    want(0);
    drive.look({ fresh: 0 });
    want(6);
    drive.look({ old: 1, fresh: 1 });
    expect(drive.sides).toMatchObject({ share: 0, oldShare: 1 });
  });

  it('leaves its part to a new side that had come up, and served, while a person held the rollout of the sleeping service', () => {
    const drive = new Drive(canary([{ weight: 0.2, pause: 3_000 }, { weight: 1 }]), { scale: { ...scale, min: 0 } });
    const want = (replicas: number): void => {
      drive.deployment = resizeDeployment(drive.deployment, 'api', replicas, drive.now);
    };
    drive.settle({ fresh: 0 });
    want(0);
    drive.look({ fresh: 0 });
    drive.deployment = { ...drive.deployment, held: { by: 'user:eva', at: drive.now } };
    drive.look({ old: 1, fresh: 1 });
    want(6);
    drive.look({ old: 1, fresh: 1 });
    expect(drive.sides).toMatchObject({ share: 0.5, oldShare: 0.5 });
  });

  it('begins with the size that was wanted last while it waited for its turn, also for whatever supersedes it', () => {
    const drive = new Drive(canary([{ weight: 0.5 }, { weight: 1 }]), { scale });
    drive.deployment = { ...drive.deployment, services: [{ ...drive.rollout, stage: 'waiting' }] };
    for (const replicas of [1, 6]) drive.deployment = resizeDeployment(drive.deployment, 'api', replicas, drive.now);
    expect(drive.sides).toMatchObject({ old: 6, fresh: 0 });
  });

  it('keeps those of the new side that stand in for an old one that does not serve when fewer are wanted', () => {
    const drive = new Drive(canary([{ weight: 0.5, pause: 'people' }, { weight: 1 }]), { scale });
    drive.settle();
    expect(drive.sides).toMatchObject({ old: 4, fresh: 2 });
    drive.deployment = resizeDeployment(drive.deployment, 'api', 2, drive.now);
    drive.settle({ old: 0 });
    expect(drive.sides).toMatchObject({ old: 2, fresh: 2 });
    drive.settle();
    expect(drive.sides).toMatchObject({ old: 2, fresh: 1 });
  });

  it('C-21 has the old release at the size that is needed now before all of the traffic returns to it', () => {
    const drive = new Drive(canary([{ weight: 0.75, pause: 'people' }, { weight: 1 }], { dynamic: true }), { scale });
    drive.settle();
    expect(drive.sides).toMatchObject({ old: 1, share: 0.75 });
    // Twice as much is asked meanwhile: the scaler wants eight.
    drive.deployment = resizeDeployment(drive.deployment, 'api', 8, drive.now);
    drive.settle();
    expect(drive.sides).toMatchObject({ old: 2, fresh: 6 });
    drive.deployment = { ...drive.deployment, abortRequested: { by: 'user:eva', at: drive.now } };
    for (let ready = 2; ready < 8; ready += 1) {
      drive.settle({ old: ready });
      expect(drive.sides).toMatchObject({ old: 8, fresh: 6 });
      expect(drive.sides.oldShare).toBeCloseTo(Math.max(0.25, ready / 8));
      expect(drive.deployment.outcome).toBeUndefined();
    }
    drive.settle();
    expect(drive.sides).toMatchObject({ old: 8, fresh: 0 });
    expect(drive.deployment.outcome).toBe('aborted');
  });
});
