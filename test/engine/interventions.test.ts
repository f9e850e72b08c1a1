// Pauses and the manual lock on fakes: what they do to plans, deployments and routes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aService, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld, snapshotOf } from '../kit/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.stop());

const api = aService({ routes: [{ host: 'shop.localhost', path: '/' }] });
const signal = new AbortController().signal;
const held = { kind: 'held', hold: 5_000 } as const;
const planned = () =>
  world.engine.planner.deploy({ ...scope, runtime: 'fake', approval: 'none', services: [api] }, { api: snapshotOf('v2') }, 'user:test');
const pauseInForce = () => world.tables.at(-1)?.services[0]?.pause;

describe('a pause', () => {
  it('is in force when it is answered, and a plan that was made before it may be applied', async () => {
    await world.outcome(await world.deploy([api], 'v1'));
    const plan = await planned();
    expect(await world.engine.interventions.pause(scope, 'api', held, 'user:eva', signal)).toBe(true);
    expect(pauseInForce()).toEqual(held);
    const ended = await world.outcome(await world.engine.deployments.apply(plan.id, 'user:test'));
    expect([ended.outcome, pauseInForce()]).toEqual(['succeeded', held]);
    expect(await world.engine.interventions.resume(scope, 'api', 'user:eva', signal)).toBe(true);
    expect(pauseInForce()).toBeUndefined();
    expect(await world.engine.interventions.resume(scope, 'api', 'user:eva', signal)).toBe(false);
  });

  it('may come before the first deployment, and goes with the service', async () => {
    expect(await world.engine.interventions.pause(scope, 'api', held, 'user:eva', signal)).toBe(false);
    await world.outcome(await world.deploy([api], 'v1'));
    expect(pauseInForce()).toEqual(held);
    const plan = await world.engine.planner.remove(scope, 'user:test');
    await world.outcome(await world.engine.deployments.apply(plan.id, 'user:test'));
    await world.outcome(await world.deploy([api], 'v1'));
    expect(pauseInForce()).toBeUndefined();
  });

  it('does not let a plan pass that another deployment made stale', async () => {
    const plan = await planned();
    await world.engine.interventions.pause(scope, 'api', held, 'user:eva', signal);
    await world.outcome(await world.deploy([api], 'v1'));
    await expect(world.engine.deployments.apply(plan.id, 'user:test')).rejects.toMatchObject({ code: 'plan_drifted' });
  });

  it('is not lost when many are set at once', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `api${index}`);
    await Promise.all(names.map((name) => world.engine.interventions.pause(scope, name, held, 'user:eva', signal)));
    expect(Object.keys((await world.store.get('environment', 'shop/test'))?.value.pauses ?? {}).toSorted()).toEqual(names);
  });
});

describe('the manual lock', () => {
  it('refuses changes with holder and message, is held by one, and leaves plans as they are', async () => {
    await world.outcome(await world.deploy([api], 'v1'));
    const plan = await planned();
    await world.engine.interventions.lock(scope, 'migration', 'user:eva');
    const refusal = {
      code: 'locked',
      message: expect.stringMatching(/^shop\/test is locked by user:eva since .+, at deployment 1: migration$/),
    };
    await expect(world.engine.deployments.apply(plan.id, 'user:bob')).rejects.toMatchObject(refusal);
    await expect(world.engine.interventions.lock(scope, 'mine', 'user:bob')).rejects.toMatchObject(refusal);
    expect(await world.engine.interventions.unlock(scope, 'user:bob')).toMatchObject({ by: 'user:eva' });
    expect(await world.engine.interventions.unlock(scope, 'user:bob')).toBeUndefined();
    expect((await world.outcome(await world.engine.deployments.apply(plan.id, 'user:bob'))).outcome).toBe('succeeded');
  });
});
