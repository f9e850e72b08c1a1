// The state machine of a deployment, step by step, with time and observations given.
import { describe, expect, it } from 'vitest';
import { aDeployment, anInstance, aService, aTarget, aRollout as rolloutOf } from '../../../test/kit/specs.ts';
import type { Deployment, ServiceRollout, ServiceTarget } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { Instance } from '../../model/instance.ts';
import { decideRollout as decide, resumeRollout } from './decide.ts';

const spec = aService({ replicas: 2 });
const old = aTarget(spec, 'v1');
const fresh = aTarget(spec, 'v2');

const aRollout = (varied: Partial<ServiceRollout> = {}) => rolloutOf(old, fresh, varied);

const of = (target: ServiceTarget, count: number, varied: Partial<Instance> = {}) =>
  Array.from({ length: count }, () => anInstance(revisionOf(target), varied));
const crash = (at: number): Partial<Instance> => ({ state: 'exited', ready: false, startedAt: 1, exit: { requested: false, code: 1, at } });
const decideRollout = (deployment: Deployment, instances: readonly Instance[], now: number) => decide(deployment, { instances }, now);
const only = (deployment: Deployment) => deployment.services[0];

describe('going forward', () => {
  it('says when to look again even if nothing happens: at the probe deadline', () => {
    expect(decideRollout(aDeployment([aRollout()]), of(old, 2), 10).wakeAt).toBe(10 + spec.probe.deadline);
  });

  it('bakes once everything is new and ready, and succeeds when the bake is over and the old is gone', () => {
    const shifted = aRollout({ sizes: { [revisionOf(fresh)]: 2 }, mostReady: 2 });
    const baking = decideRollout(aDeployment([shifted]), of(fresh, 2), 100);
    expect(only(baking.deployment)).toMatchObject({ stage: 'baking', since: 100 });
    expect(decideRollout(baking.deployment, of(fresh, 2), 10_099).deployment.outcome).toBeUndefined();
    expect(decideRollout(baking.deployment, of(fresh, 2), 10_100).deployment).toMatchObject({ outcome: 'succeeded', endedAt: 10_100 });
  });

  it('begins to shift again when somebody is wanted of what came into place while nobody was', () => {
    const idle = aRollout({
      stage: 'baking',
      to: { ...fresh, replicas: 0 },
      from: { ...old, replicas: 0 },
      sizes: { [revisionOf(fresh)]: 0 },
    });
    expect(only(decideRollout(aDeployment([idle]), [], 1).deployment)).toMatchObject({ stage: 'baking' });
    const awake = { ...idle, to: fresh, from: old };
    const { deployment } = decideRollout(aDeployment([awake]), [], 2);
    expect(only(deployment)).toMatchObject({ stage: 'shifting', since: 2, sizes: { [revisionOf(fresh)]: 2 } });
    const late = decideRollout(deployment, of(fresh, 2, { ready: false, readyAt: undefined }), 2 + spec.probe.deadline).deployment;
    expect(late).toMatchObject({ direction: 'reverting', reason: expect.stringContaining('0 of 2 instances') });
  });

  it('waits for what a service needs', () => {
    const web = aTarget(aService({ name: 'web', needs: ['api'] }), 'v1');
    const waiting: ServiceRollout = { service: 'web', stage: 'waiting', since: 0, to: web, sizes: {}, mostReady: 0, progressAt: 0 };
    const before = decideRollout(aDeployment([aRollout(), waiting]), of(old, 2), 1);
    expect(before.deployment.services[1]).toBe(waiting);
    const after = decideRollout(aDeployment([aRollout({ stage: 'baking', sizes: { [revisionOf(fresh)]: 2 } }), waiting]), of(fresh, 2), 2);
    expect(after.deployment.services[1]).toMatchObject({ stage: 'shifting' });
  });
});

describe('turning round', () => {
  it('D-23 turns at the deadline when a start hangs for ever, and says what the probe said', () => {
    const stuck = of(fresh, 1, { ready: false, readyAt: undefined, unreadyBecause: 'GET /healthz answered 503' });
    const { deployment, culprit } = decideRollout(
      aDeployment([aRollout({ sizes: { [revisionOf(old)]: 2, [revisionOf(fresh)]: 1 } })]),
      [...of(old, 2), ...stuck],
      60_000,
    );
    expect(deployment).toMatchObject({ direction: 'reverting' });
    expect(deployment.reason).toContain('GET /healthz answered 503');
    expect(culprit).toBe(stuck[0]?.id);
  });

  it('tolerates two crashes of new instances and turns at the third', () => {
    const rollout = aRollout({ sizes: { [revisionOf(old)]: 2, [revisionOf(fresh)]: 1 } });
    const crashes = (count: number) => of(fresh, count, crash(5));
    expect(decideRollout(aDeployment([rollout]), [...of(old, 2), ...crashes(2)], 10).deployment.direction).toBe('forward');
    const turned = decideRollout(aDeployment([rollout]), [...of(old, 2), ...crashes(3)], 10).deployment;
    expect(turned).toMatchObject({ direction: 'reverting' });
    expect(turned.reason).toContain('exited with code 1');
  });

  it('D-22 turns when one instance ends inside the bake window', () => {
    const baking = aRollout({ stage: 'baking', since: 100, sizes: { [revisionOf(fresh)]: 2 } });
    const { deployment } = decideRollout(aDeployment([baking]), [...of(fresh, 2), ...of(fresh, 1, crash(200))], 300);
    expect(deployment).toMatchObject({ direction: 'reverting' });
  });

  it('does not blame a bake for a crash that came before it', () => {
    const baking = aRollout({ stage: 'baking', since: 100, sizes: { [revisionOf(fresh)]: 2 } });
    expect(decideRollout(aDeployment([baking]), [...of(fresh, 2), ...of(fresh, 1, crash(50))], 300).deployment.direction).toBe('forward');
  });

  it('restores the old capacity before it takes the new away, then ends as rolled_back', () => {
    const turned = aDeployment([aRollout({ sizes: { [revisionOf(old)]: 1, [revisionOf(fresh)]: 1 } })], {
      direction: 'reverting',
      reason: 'r',
    });
    const first = decideRollout(turned, [...of(old, 1), ...of(fresh, 1)], 10).deployment;
    expect(only(first)?.sizes).toEqual({ [revisionOf(old)]: 2, [revisionOf(fresh)]: 1 });
    const second = decideRollout(first, [...of(old, 2), ...of(fresh, 1)], 20).deployment;
    expect(only(second)?.sizes).toEqual({ [revisionOf(old)]: 2, [revisionOf(fresh)]: 0 });
    let last = second;
    for (const now of [30, 40, 50]) last = decideRollout(last, of(old, 2), now).deployment;
    expect(last.outcome).toBe('rolled_back');
  });

  it('D-02 ends as failed when there is nothing to go back to', () => {
    let deployment = aDeployment([aRollout({ from: undefined, sizes: { [revisionOf(fresh)]: 2 } })], {
      direction: 'reverting',
      reason: 'r',
    });
    for (const now of [10, 20, 30]) deployment = decideRollout(deployment, [], now).deployment;
    expect(deployment.outcome).toBe('failed');
  });

  it('D-26 a rollback is never rolled back: what runs is left running for a person', () => {
    const rollout = aRollout({ sizes: { [revisionOf(old)]: 1, [revisionOf(fresh)]: 1 } });
    const { deployment } = decideRollout(aDeployment([rollout], { kind: 'rollback' }), [...of(old, 1), ...of(fresh, 3, crash(5))], 10);
    expect(deployment).toMatchObject({ outcome: 'failed_mixed', direction: 'forward' });
    expect(only(deployment)?.sizes).toEqual(rollout.sizes);
  });

  it('an abort turns it and names who asked', () => {
    const { deployment } = decideRollout(
      aDeployment([aRollout()], { abortRequested: { by: 'user:eva', at: 1, reason: 'wrong branch' } }),
      of(old, 2),
      10,
    );
    expect(deployment).toMatchObject({ direction: 'reverting', reason: 'aborted by user:eva: wrong branch' });
  });

  it('gives up a revert that makes no progress and asks for a person', () => {
    const turned = aDeployment([aRollout({ sizes: { [revisionOf(old)]: 2 }, mostReady: 1, progressAt: 0 })], {
      direction: 'reverting',
      reason: 'r',
    });
    expect(decideRollout(turned, of(old, 1), 200_000).deployment.outcome).toBe('failed_mixed');
  });

  it('never moves again once it has ended', () => {
    const ended = aDeployment([aRollout()], { outcome: 'superseded' });
    expect(decideRollout(ended, [], 1_000_000)).toEqual({ deployment: ended });
  });
});

describe('taken up after the engine was away', () => {
  const away = 500_000;

  it('counts the progress deadline from the moment it is looked at again', () => {
    const deployment = resumeRollout(aDeployment([aRollout()]), away);
    expect(decideRollout(deployment, of(old, 2), away + 1).deployment.direction).toBe('forward');
    expect(decideRollout(deployment, of(old, 2), away + spec.probe.deadline).deployment.direction).toBe('reverting');
  });

  it('watches the whole bake window again, and still blames a crash that came while it was away', () => {
    const deployment = resumeRollout(aDeployment([aRollout({ stage: 'baking', since: 100, sizes: { [revisionOf(fresh)]: 2 } })]), away);
    expect(decideRollout(deployment, of(fresh, 2), away + 9_999).deployment.outcome).toBeUndefined();
    expect(decideRollout(deployment, of(fresh, 2), away + 10_000).deployment.outcome).toBe('succeeded');
    expect(decideRollout(deployment, [...of(fresh, 2), ...of(fresh, 1, crash(200))], away).deployment.direction).toBe('reverting');
  });
});
