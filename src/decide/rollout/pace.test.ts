// Canary and blue-green, step by step: capacity before traffic on the way forward and on the way back.
import { describe, expect, it } from 'vitest';
import { blueGreen, canary, Drive } from '../../../test/kit/drive.ts';
import { anInstance } from '../../../test/kit/specs.ts';
import { revisionOf } from '../../model/deployment.ts';
import { pause, promote, resume } from './control.ts';

describe('a canary', () => {
  it('C-17 gives a share only to instances that are ready, and as many as the share takes', () => {
    const drive = new Drive(canary([{ weight: 0.01, pause: 5_000 }, { weight: 0.5, pause: 5_000 }, { weight: 1 }]));
    drive.settle({ fresh: 0 });
    expect(drive.sides).toEqual({ old: 4, fresh: 1, share: 0, oldShare: 1 });
    drive.settle();
    expect(drive.sides).toEqual({ old: 4, fresh: 1, share: 0.01, oldShare: 0.99 });
    drive.now += 5_000;
    drive.settle({ fresh: 1 });
    expect(drive.sides).toEqual({ old: 4, fresh: 2, share: 0.01, oldShare: 0.99 });
    drive.settle();
    expect(drive.sides).toEqual({ old: 4, fresh: 2, share: 0.5, oldShare: 0.5 });
  });

  it('C-01 goes on by itself after a pause, keeps the old one at full size through the bake, and then ends with nothing of it', () => {
    const drive = new Drive(canary([{ weight: 0.5, pause: 3_000 }, { weight: 1 }]));
    drive.settle();
    drive.pass(2_999);
    expect(drive.sides.share).toBe(0.5);
    drive.pass(1);
    expect(drive.sides).toEqual({ old: 4, fresh: 4, share: 1, oldShare: 0 });
    expect(drive.rollout.stage).toBe('baking');
    drive.pass(9_999);
    expect(drive.sides.old).toBe(4);
    drive.pass(1);
    expect(drive.deployment.outcome).toBe('succeeded');
    expect(drive.rollout.sizes).toEqual({ [revisionOf(drive.fresh)]: 4 });
  });

  it('waits for people at `pause: true`, however long, and promote ends that step only', () => {
    const drive = new Drive(canary([{ weight: 0.25, pause: 'people' }, { weight: 0.5, pause: 'people' }, { weight: 1 }]));
    drive.settle();
    drive.pass(86_400_000);
    expect(drive.sides.share).toBe(0.25);
    drive.deployment = promote(drive.deployment, 'user:eva', false, drive.now);
    drive.settle();
    drive.pass(86_400_000);
    expect(drive.sides.share).toBe(0.5);
    expect(drive.deployment.outcome).toBeUndefined();
  });

  it('D-18 is not failed by a pause that is longer than the deadline of the probe', () => {
    const drive = new Drive(canary([{ weight: 0.25, pause: 120_000 }, { weight: 1 }]));
    drive.settle();
    drive.pass(119_999);
    expect(drive.deployment.direction).toBe('forward');
  });

  it('keeps whom it gives the traffic back to, though they had been told to leave', () => {
    const drive = new Drive(canary([{ weight: 0.5, pause: 0 }, { weight: 1 }]));
    drive.settle();
    drive.now += 10_000;
    drive.look();
    expect(drive.rollout).toMatchObject({ stage: 'baking', sizes: { [revisionOf(drive.old)]: 0 } });
    drive.look({ old: 4, fresh: 0 });
    expect(drive.deployment.direction).toBe('reverting');
    expect(drive.sides).toMatchObject({ old: 4, oldShare: 1 });
  });

  it('C-24 does not go on while an instance of the canary is missing, and turns when it stays away', () => {
    const drive = new Drive(canary([{ weight: 0.5, pause: 3_000 }, { weight: 1 }]));
    drive.settle();
    drive.now += 100_000;
    drive.settle({ fresh: 1 });
    expect(drive.sides.share).toBe(0.5);
    expect(drive.deployment.direction).toBe('forward');
    drive.now += 60_000;
    drive.look({ fresh: 1 });
    expect(drive.deployment.direction).toBe('reverting');
  });

  it('C-02 an abort gives all traffic back first, and then takes the canary away', () => {
    const drive = new Drive(canary([{ weight: 0.5, pause: 'people' }, { weight: 1 }]));
    drive.settle();
    drive.deployment = { ...drive.deployment, abortRequested: { by: 'user:eva', at: drive.now } };
    drive.look();
    drive.look();
    expect(drive.sides).toMatchObject({ share: 0, oldShare: 1, fresh: 0 });
    drive.settle();
    expect(drive.deployment.outcome).toBe('aborted');
    expect(drive.rollout.sizes).toEqual({ [revisionOf(drive.old)]: 4 });
  });

  it('C-12 a dynamic old side shrinks as its share does, and an abort leaves the canary what the old one cannot carry yet', () => {
    const drive = new Drive(
      canary([{ weight: 0.25, pause: 'people' }, { weight: 0.75, pause: 'people' }, { weight: 1 }], { dynamic: true }),
    );
    drive.settle();
    expect(drive.sides).toEqual({ old: 3, fresh: 1, share: 0.25, oldShare: 0.75 });
    drive.deployment = promote(drive.deployment, 'user:eva', false, drive.now);
    drive.settle();
    expect(drive.sides).toEqual({ old: 1, fresh: 3, share: 0.75, oldShare: 0.25 });
    drive.deployment = { ...drive.deployment, abortRequested: { by: 'user:eva', at: drive.now } };
    drive.settle({ old: 2 });
    expect(drive.sides).toEqual({ old: 4, fresh: 3, share: 0.5, oldShare: 0.5 });
    drive.settle({ old: 4 });
    expect(drive.deployment.outcome).toBe('aborted');
  });

  it('C-03 promote --full skips the steps that are left, capacity first; an abort after it still works', () => {
    const drive = new Drive(
      canary([
        { weight: 0.25, pause: 'people' },
        { weight: 0.5, pause: 'people' },
        { weight: 1, pause: 'people' },
      ]),
    );
    drive.settle();
    drive.deployment = promote(drive.deployment, 'user:eva', true, drive.now);
    drive.settle({ fresh: 1 });
    expect(drive.sides).toEqual({ old: 4, fresh: 4, share: 0.25, oldShare: 0.75 });
    drive.settle();
    expect(drive.sides).toEqual({ old: 4, fresh: 4, share: 1, oldShare: 0 });
    drive.deployment = { ...drive.deployment, abortRequested: { by: 'user:eva', at: drive.now } };
    drive.settle({ fresh: 0 });
    expect(drive.sides.oldShare + drive.sides.share).toBeLessThanOrEqual(1);
    expect(drive.deployment.outcome).toBe('aborted');
  });

  it('stands still while it is held, and times count from the resumption', () => {
    const drive = new Drive(canary([{ weight: 0.5, pause: 3_000 }, { weight: 1 }]));
    drive.settle();
    drive.deployment = pause(drive.deployment, 'user:eva', undefined, drive.now);
    drive.pass(100_000);
    expect(drive.sides.share).toBe(0.5);
    drive.deployment = resume(drive.deployment, drive.now);
    drive.pass(2_999);
    expect(drive.sides.share).toBe(0.5);
    drive.pass(1);
    expect(drive.sides.share).toBe(1);
  });

  it('follows a scaler that changes the number of replicas between two steps', () => {
    const drive = new Drive(canary([{ weight: 0.5, pause: 'people' }, { weight: 1 }]));
    drive.settle();
    const [one] = drive.deployment.services;
    if (!one?.to || !one.from) throw new Error('no targets');
    drive.deployment = { ...drive.deployment, services: [{ ...one, to: { ...one.to, replicas: 8 }, from: { ...one.from, replicas: 8 } }] };
    drive.settle();
    expect(drive.sides).toEqual({ old: 8, fresh: 4, share: 0.5, oldShare: 0.5 });
    expect(drive.deployment.direction).toBe('forward');
  });
});

describe('a blue-green switch', () => {
  it('moves all traffic at once when the whole new side is ready, and keeps the old side warm', () => {
    const drive = new Drive(blueGreen());
    drive.settle({ fresh: 3 });
    expect(drive.sides).toEqual({ old: 4, fresh: 4, share: 0, oldShare: 1 });
    drive.settle();
    expect(drive.sides).toEqual({ old: 4, fresh: 4, share: 1, oldShare: 0 });
    drive.pass(29_999);
    expect(drive.sides.old).toBe(4);
    drive.pass(1);
    expect(drive.deployment.outcome).toBe('succeeded');
  });

  it('C-09 looks at the new side with fewer instances, and has all of them before the switch', () => {
    const drive = new Drive(blueGreen({ promote: 'manual', preview: { host: 'next.localhost', path: '/', replicas: 1 } }));
    drive.settle();
    expect(drive.sides).toMatchObject({ fresh: 1, share: 0 });
    drive.deployment = promote(drive.deployment, 'user:eva', false, drive.now);
    drive.settle({ fresh: 1 });
    expect(drive.sides).toMatchObject({ fresh: 4, share: 0 });
    drive.settle();
    expect(drive.sides).toMatchObject({ fresh: 4, share: 1 });
  });

  it('C-08 goes back in one step when the new side fails after the switch', () => {
    const drive = new Drive(blueGreen());
    drive.settle();
    drive.now += 1_000;
    const crash = anInstance(revisionOf(drive.fresh), {
      state: 'exited',
      ready: false,
      startedAt: 1,
      exit: { requested: false, code: 1, at: drive.now },
    });
    drive.look({ fresh: 3 }, [crash]);
    expect(drive.sides).toMatchObject({ old: 4, share: 0, oldShare: 1 });
    drive.settle();
    expect(drive.deployment.outcome).toBe('rolled_back');
  });
});

it('a blue-green switch goes back all at once, when the whole old side stands again', () => {
  const drive = new Drive(blueGreen());
  drive.settle();
  drive.deployment = { ...drive.deployment, abortRequested: { by: 'user:eva', at: drive.now } };
  drive.settle({ old: 3 });
  expect(drive.sides).toMatchObject({ share: 1, oldShare: 0 });
  drive.look({ old: 4 });
  expect(drive.sides).toMatchObject({ share: 0, oldShare: 1 });
});

it('C-11 a rollback inside the window starts everything at once, without steps', () => {
  const drive = new Drive(canary([{ weight: 0.5, pause: 'people' }, { weight: 1 }]));
  drive.deployment = { ...drive.deployment, kind: 'rollback', services: [{ ...drive.rollout, direct: true }] };
  drive.settle({ fresh: 0 });
  expect(drive.sides).toMatchObject({ old: 4, fresh: 4 });
  drive.settle();
  expect(drive.rollout.stage).toBe('baking');
});
