// Deployments from plan to outcome on the fake runtime: what the engine does between the decisions.

import { afterEach, describe, expect, it } from 'vitest';
import type { FakeDials } from '../../src/adapters/runtimes/fake/fake.ts';
import type { ReplicaSet, Scope } from '../../src/model/instance.ts';
import { aService, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld, snapshotOf } from '../kit/world.ts';

let world: World;
afterEach(() => world.stop());

const runs = (set: ReplicaSet, code: string): boolean => JSON.stringify(set.release.run.artifact) === JSON.stringify(snapshotOf(code));
const when = (code: string, dials: FakeDials) => (set: ReplicaSet) => (runs(set, code) ? dials : {});
const api = aService({ replicas: 3, routes: [{ host: 'shop.localhost', path: '/' }] });
const routed = () =>
  world.tables.at(-1)?.services.flatMap((service) => service.releases.flatMap((release) => release.upstreams.map((one) => one.instance))) ??
  [];
const events = async () => (await world.store.events(0, 10_000)).map((one) => `${one.kind} ${one.message}`);

describe('a first deployment', () => {
  it('succeeds, is routed and is in the history', async () => {
    world = await createWorld();
    const ended = await world.outcome(await world.deploy([api], 'v1'));
    expect(ended.outcome).toBe('succeeded');
    expect(routed()).toHaveLength(3);
    const state = await world.store.get('environment', 'shop/test');
    expect(state?.value).toMatchObject({ lastNumber: 1, history: [{ number: 1 }] });
  });

  it('D-02 that is never healthy fails, leaves no instance and no route', async () => {
    world = await createWorld(when('v1', { neverReady: true }));
    const ended = await world.outcome(await world.deploy([api], 'v1'));
    expect(ended).toMatchObject({ outcome: 'failed' });
    expect(ended.reason).toContain('0 of 3');
    await world.until(() => world.fake.alive().length === 0);
    expect(world.tables.flatMap((table) => table.routes)).toEqual([]);
  });

  it('names what kept an instance from starting', async () => {
    world = await createWorld(when('v1', { startError: 'command not found: nodde' }));
    const ended = await world.outcome(await world.deploy([api], 'v1'));
    expect(ended.reason).toContain('command not found: nodde');
  });

  it.each([
    [1, true],
    [3, false],
  ])('is tried %i times where it cannot be started and the error is final: %s', async (tries, startFinal) => {
    world = await createWorld(when('v1', { startError: 'command not found: nodde', startFinal }));
    const ended = await world.outcome(await world.deploy([{ ...api, replicas: 1 }], 'v1'));
    expect(ended).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('command not found: nodde') });
    expect((await events()).filter((one) => one.startsWith('instance.exited'))).toHaveLength(tries);
  });
});

describe('a second deployment', () => {
  it('D-05 ends with only the new release running and routed', async () => {
    world = await createWorld();
    await world.outcome(await world.deploy([api], 'v1'));
    const ended = await world.outcome(await world.deploy([api], 'v2'));
    expect(ended.outcome).toBe('succeeded');
    await world.until(() => world.fake.alive().length === 3);
    expect(world.tables.at(-1)?.services[0]?.releases).toHaveLength(1);
  });

  it('never routes fewer instances than wanted while it rolls', async () => {
    world = await createWorld((_, nth) => ({ readyAfter: 700 * nth }));
    await world.outcome(await world.deploy([api], 'v1'));
    const before = world.tables.length;
    await world.outcome(await world.deploy([api], 'v2'));
    const sizes = world.tables
      .slice(before)
      .map((table) => table.services[0]?.releases.reduce((sum, one) => sum + one.upstreams.length, 0) ?? 0);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(3);
  });

  it('D-01 that is never healthy is rolled back; the old release keeps every instance in the routes', async () => {
    world = await createWorld(when('v2', { neverReady: true }));
    await world.outcome(await world.deploy([api], 'v1'));
    const before = routed();
    const ended = await world.outcome(await world.deploy([api], 'v2'));
    expect(ended).toMatchObject({ outcome: 'rolled_back', direction: 'reverting' });
    expect(ended.lastLog?.length).toBeGreaterThan(0);
    expect(routed().toSorted()).toEqual(before.toSorted());
    expect(await events()).toContainEqual(expect.stringMatching(/^deployment.turned api: 0 of 3/));
  });

  it('D-22 that crashes inside the bake window is rolled back', async () => {
    world = await createWorld(when('v2', { exitAfter: 8_000 }));
    await world.outcome(await world.deploy([api], 'v1'));
    const ended = await world.outcome(await world.deploy([api], 'v2'));
    expect(ended.outcome).toBe('rolled_back');
  });

  it('D-14 fixes a bad release without an abort in between', async () => {
    world = await createWorld(when('bad', { neverReady: true }));
    await world.outcome(await world.deploy([api], 'v1'));
    const bad = await world.deploy([api], 'bad');
    await world.until(() => world.fake.alive().length === 4);
    const fix = await world.outcome(await world.deploy([api], 'fix'));
    expect(fix.outcome).toBe('succeeded');
    expect((await world.outcome(bad)).outcome).toBe('superseded');
    await world.until(() => world.fake.alive().length === 3);
  });

  it('R-12 does not stop an old instance that still serves', async () => {
    world = await createWorld();
    await world.outcome(await world.deploy([api], 'v1'));
    const [slow = ''] = routed();
    world.inFlight[slow] = 1;
    const deployment = await world.deploy([api], 'v2');
    await world.until(() => !routed().includes(slow));
    await world.until(async () => (await world.engine.deployments.find(deployment.id)).value.services[0]?.stage === 'baking');
    expect(world.fake.alive()).toContain(slow);
    delete world.inFlight[slow];
    await world.until(() => !world.fake.alive().includes(slow));
  });
});

describe('a release set', () => {
  const web = aService({ name: 'web', needs: ['api'], replicas: 1 });

  it('D-08 starts a dependent only when what it needs is up, and not at all when that fails', async () => {
    world = await createWorld(when('v1', { neverReady: true }));
    await world.outcome(await world.deploy([api, web], 'v1'));
    expect((await events()).filter((one) => one.includes('instance.started web'))).toEqual([]);
  });

  it('goes back together when its last service fails', async () => {
    world = await createWorld((set) => (set.release.service === 'web' && runs(set, 'v2') ? { neverReady: true } : {}));
    await world.outcome(await world.deploy([api, web], 'v1'));
    const live = routed().toSorted();
    const ended = await world.outcome(await world.deploy([api, web], 'v2'));
    expect(ended.outcome).toBe('rolled_back');
    const back = world.tables.at(-1)?.services.map((service) => service.releases.map((release) => release.release));
    expect(back).toEqual([[expect.stringContaining('api@')], [expect.stringContaining('web@')]]);
    expect(
      routed()
        .map((one) => one.slice(0, 10))
        .toSorted(),
    ).toEqual(live.map((one) => one.slice(0, 10)));
  });
});

describe('other changes', () => {
  it('rolls back to the release before, and refuses what is live already', async () => {
    world = await createWorld();
    const first = await world.outcome(await world.deploy([api], 'v1'));
    await world.outcome(await world.deploy([api], 'v2'));
    const plan = await world.engine.planner.rollback(scope, undefined, 'user:test');
    const ended = await world.outcome(await world.engine.deployments.apply(plan.id, 'user:test'));
    expect(ended).toMatchObject({ outcome: 'succeeded', kind: 'rollback' });
    expect(ended.services[0]?.to?.release).toBe(first.services[0]?.to?.release);
    await expect(world.engine.planner.rollback(scope, '1', 'user:test')).rejects.toMatchObject({ code: 'rollback_refused' });
  });

  it('restarts every instance in turn without a new release', async () => {
    world = await createWorld();
    await world.outcome(await world.deploy([api], 'v1'));
    const before = world.fake.alive();
    const plan = await world.engine.planner.restart(scope, [], 'user:test');
    await world.outcome(await world.engine.deployments.apply(plan.id, 'user:test'));
    await world.until(() => world.fake.alive().length === 3);
    expect(world.fake.alive().filter((one) => before.includes(one))).toEqual([]);
  });

  it('scales up and down', async () => {
    world = await createWorld();
    await world.outcome(await world.deploy([api], 'v1'));
    for (const replicas of [5, 2]) {
      const plan = await world.engine.planner.scale(scope, { api: replicas }, 'user:test');
      expect((await world.outcome(await world.engine.deployments.apply(plan.id, 'user:test'))).outcome).toBe('succeeded');
      await world.until(() => world.fake.alive().length === replicas);
    }
  });

  it('O-11 removes an application: no instance and no route remain', async () => {
    world = await createWorld();
    await world.outcome(await world.deploy([api], 'v1'));
    const plan = await world.engine.planner.remove(scope, 'user:test');
    expect((await world.outcome(await world.engine.deployments.apply(plan.id, 'user:test'))).outcome).toBe('succeeded');
    await world.until(() => world.fake.alive().length === 0);
    expect(world.tables.at(-1)).toMatchObject({ routes: [], services: [] });
  });

  it('aborts a deployment and serves the old release', async () => {
    world = await createWorld(when('v2', { readyAfter: 30_000 }));
    await world.outcome(await world.deploy([api], 'v1'));
    const deployment = await world.deploy([api], 'v2');
    await world.until(() => world.fake.alive().length === 4);
    await world.engine.deployments.abort(deployment.id, 'user:eva', 'second thoughts');
    expect(await world.outcome(deployment)).toMatchObject({ outcome: 'aborted', reason: 'aborted by user:eva: second thoughts' });
  });

  it('L-11 refuses a plan when what is live changed after it was made', async () => {
    world = await createWorld();
    const services = { api: snapshotOf('v1') };
    const stale = await world.engine.planner.deploy(
      { ...scope, runtime: 'fake', approval: 'none', services: [api] },
      services,
      'user:test',
    );
    await world.deploy([api], 'v2');
    await expect(world.engine.deployments.apply(stale.id, 'user:test')).rejects.toMatchObject({ code: 'plan_drifted' });
  });

  it('replaces an instance that died, at once', async () => {
    world = await createWorld();
    await world.outcome(await world.deploy([api], 'v1'));
    const [victim = ''] = world.fake.alive();
    const diedAt = world.clock.now();
    world.fake.kill(victim);
    await world.until(() => world.fake.alive().length === 3);
    expect(world.clock.now() - diedAt).toBeLessThanOrEqual(100);
    await world.until(() => !routed().includes(victim) && routed().length === 3);
  });

  it('D-07 refuses a route that another environment owns', async () => {
    world = await createWorld();
    await world.outcome(await world.deploy([api], 'v1'));
    const elsewhere = { ...scope, environment: 'other', runtime: 'fake', approval: 'none' as const, services: [api] };
    await expect(world.engine.planner.deploy(elsewhere, { api: snapshotOf('v1') }, 'user:test')).rejects.toMatchObject({
      code: 'route_taken',
    });
  });

  it('refuses an environment whose deployments would have the ids of another', async () => {
    world = await createWorld();
    await world.outcome(await world.deploy([api], 'v1'));
    const plan = (one: Pick<Scope, 'application' | 'environment'>) =>
      world.engine.planner.deploy(
        { ...one, runtime: 'fake', approval: 'none' as const, services: [{ ...api, routes: [] }] },
        { api: snapshotOf('v1') },
        'user:test',
      );
    await expect(plan({ application: 'shop-test', environment: 'default' })).resolves.toBeDefined();
    await expect(plan({ application: 'shop', environment: 'test-2' })).resolves.toBeDefined();
    const first = await plan({ application: 'shop', environment: 'a-b' });
    await world.outcome(await world.engine.deployments.apply(first.id, 'user:test'));
    await expect(plan({ application: 'shop-a', environment: 'b' })).rejects.toMatchObject({ code: 'name_taken' });
  });

  it('names the runtimes that there are for one that there is not', async () => {
    world = await createWorld();
    const spec = { ...scope, runtime: 'fak', approval: 'none' as const, services: [api] };
    await expect(world.engine.planner.deploy(spec, { api: snapshotOf('v1') }, 'user:test')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('did you mean "fake"?'),
    });
  });
});

describe('the history', () => {
  it('does not take a removal for something to go back to', async () => {
    world = await createWorld();
    await world.outcome(await world.deploy([api], 'v1'));
    const removal = await world.engine.planner.remove(scope, 'user:test');
    await world.outcome(await world.engine.deployments.apply(removal.id, 'user:test'));
    await world.outcome(await world.deploy([api], 'v1'));
    await expect(world.engine.planner.rollback(scope, undefined, 'user:test')).rejects.toMatchObject({ code: 'release_unknown' });
  });
});
