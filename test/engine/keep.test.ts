// What stays of a release that went back: on the whole engine, by its own clock, over restarts of nothing but time.
import { afterEach, expect, it } from 'vitest';
import type { Strategy } from '../../src/model/rollout/strategy.ts';
import { viewEnvironment } from '../../src/operations/views.ts';
import { aService, aTarget, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

/** A canary of v2 over v1 that was aborted at its first step. */
async function aborted(abortScaleDown: number | 'keep') {
  const here = await createWorld();
  world = here;
  const strategy: Strategy = { kind: 'canary', steps: [{ weight: 0.5, pause: 'people' }, { weight: 1 }], bake: 0, abortScaleDown };
  const spec = aService({ replicas: 2, strategy });
  await here.outcome(await here.deploy([spec], 'v1'));
  const deployment = await here.deploy([spec], 'v2');
  const canary = aTarget(spec, 'v2').release;
  const alive = async () => (await here.engine.queries.survey({}, new AbortController().signal)).flatMap((one) => one.instances);
  const kept = async () => {
    const [one] = await here.engine.queries.survey({}, new AbortController().signal);
    return one && viewEnvironment(one.state, one.running, one.last, one.instances, one.drift).services[0]?.kept;
  };
  const canaries = async () => (await alive()).filter((one) => one.replicaSet.includes(canary) && one.state === 'running').length;
  await here.until(async () => (await here.engine.deployments.find(deployment.id)).value.services[0]?.step?.reachedAt !== undefined);
  expect(await canaries()).toBe(1);
  await here.engine.deployments.abort(deployment.id, 'user:eva', undefined);
  const ended = await here.outcome(deployment);
  expect(ended.outcome).toBe('aborted');
  const shares = () => here.tables.at(-1)?.services.find((one) => one.key === `${scope.application}/${scope.environment}/api`)?.releases;
  return { here, spec, ended, canaries, kept, shares, canary };
}

it('C-02 the canary of an aborted deployment gets no request from then on, and is gone 30 s later without anybody asking', async () => {
  const { here, ended, canaries, kept, shares, canary } = await aborted(30_000);
  await here.until(() => shares()?.every((one) => one.release !== canary) ?? false);
  expect(await canaries()).toBe(1);
  const until = new Date((ended.endedAt ?? 0) + 30_000).toISOString();
  expect(await kept()).toEqual({ release: canary, instances: 1, until });
  await here.until(async () => (await canaries()) === 0);
  await here.until(async () => (await kept()) === undefined);
  expect(here.clock.now() - (ended.endedAt ?? 0)).toBeGreaterThanOrEqual(30_000);
});

it('C-02 one that is kept stays until the next deployment, which begins at the first step', async () => {
  const { here, spec, canaries, kept, canary } = await aborted('keep');
  const before = here.clock.now();
  await here.until(() => here.clock.now() > before + 600_000).catch(() => undefined);
  expect(await canaries()).toBe(1);
  expect(await kept()).toEqual({ release: canary, instances: 1, until: undefined });
  const again = await here.deploy([spec], 'v2');
  await here.until(async () => (await here.engine.deployments.find(again.id)).value.services[0]?.step?.reachedAt !== undefined);
  expect((await here.engine.deployments.find(again.id)).value.services[0]?.step).toMatchObject({ index: 0 });
  expect(await canaries()).toBe(1);
});

it('D-19 with `on_deadline: keep` the very instances that did not become ready stay for the look, however long it takes', async () => {
  const here = await createWorld((set) => (set.release.id === bad ? { neverReady: true } : {}));
  world = here;
  const spec = aService({ replicas: 2, strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 0, onDeadline: 'keep' } });
  const bad = aTarget(spec, 'v2').release;
  await here.outcome(await here.deploy([spec], 'v1'));
  const { id } = await here.deploy([spec], 'v2');
  await here.until(async () => (await here.engine.deployments.find(id)).value.held !== undefined);
  const seen = here.fake.alive();
  expect(seen).toHaveLength(3);
  const before = here.clock.now();
  await here.until(() => here.clock.now() > before + 600_000).catch(() => undefined);
  expect(here.fake.alive()).toEqual(seen);
  await here.engine.deployments.abort(id, 'user:eva', undefined);
  expect((await here.outcome({ ...(await here.engine.deployments.find(id)).value })).outcome).toBe('aborted');
  await here.until(() => here.fake.alive().length === 2);
});
