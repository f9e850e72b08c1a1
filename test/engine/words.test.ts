// The words by which people know deployments: what kind one is, and what it waits for.
import { expect, it } from 'vitest';
import { standingOf } from '../../src/engine/queries/standing.ts';
import { aService } from '../kit/specs.ts';
import { aLiveWorld } from './live-world.ts';

it('a retry is called one, in its plan and in the history', async () => {
  const world = await aLiveWorld();
  const failed = await world.outcome(await world.deploy([aService()], 'bad'));
  expect(failed).toMatchObject({ kind: 'deploy', outcome: 'rolled_back' });
  const plan = await world.engine.planner.retry(failed, 'user:eva');
  const again = await world.engine.deployments.apply(plan.id, 'user:eva');
  expect([plan.kind, again.kind]).toEqual(['retry', 'retry']);
  const told = (await world.store.events(0, 10_000)).filter((one) => one.kind === 'deployment.started').map((one) => one.message);
  expect(told.at(-1)).toMatch(/^retry shop-test-3 started by user:eva/);
});

it('a step that is paused waits to be resumed, and for people only where it was to be promoted', async () => {
  const world = await aLiveWorld();
  const steps = [{ weight: 0.5, pause: 'people' as const }, { weight: 1 }];
  const { id } = await world.deploy([aService({ strategy: { kind: 'canary', steps, bake: 0 } })], 'v2');
  const waitsFor = async () => {
    const { value: deployment } = await world.engine.deployments.find(id);
    const [rollout] = deployment.services;
    return rollout && standingOf(rollout, deployment)?.waitsFor;
  };
  await world.until(async () => (await waitsFor()) === 'people');
  await world.engine.deployments.pause(id, 'user:eva', undefined);
  expect(await waitsFor()).toBe('resume');
  await world.engine.deployments.resume(id, 'user:eva');
  expect(await waitsFor()).toBe('people');
});
