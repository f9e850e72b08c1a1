// Restart policies on the whole engine, by a clock moved by hand: what the passage of time changes, and what a deployment does.
import { afterEach, expect, it } from 'vitest';
import type { RestartSpec, ServiceSpec } from '../../src/model/service.ts';
import { aService, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

let world: World;
afterEach(() => world.stop());

const spec = (restart: RestartSpec, varied: Partial<ServiceSpec> = {}) =>
  aService({ restart, strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 0 }, ...varied });

async function live(restart: RestartSpec, replicas: number): Promise<void> {
  world = await createWorld();
  await world.outcome(await world.deploy([spec(restart, { replicas })], 'v1'));
}

const alive = () => world.fake.alive();
async function kill(): Promise<void> {
  const [one = ''] = alive();
  world.fake.kill(one);
  await world.until(() => !world.fake.isAlive(one));
}
const drift = async () => (await world.engine.queries.survey(scope, new AbortController().signal))[0]?.drift ?? [];
const told = async (state: string) => (await drift()).filter((one) => one.state === state);

it('O-03 attempts that are used up leave the place empty until the window has passed, and then it is filled without anybody asking', async () => {
  await live({ attempts: 1, window: 600_000 }, 1);
  const first = world.clock.now();
  await kill();
  await world.until(() => alive().length === 1);
  await kill();
  await world.until(async () => (await told('repairing')).some(({ because }) => because?.includes('restart.attempts (1) are used up')));
  await world.until(() => alive().length === 1);
  expect(world.clock.now() - first).toBeGreaterThanOrEqual(600_000);
});

it('O-03 whoever is not replaced leaves the place empty for good; a deployment fills it, and later ends count anew', async () => {
  await live({ condition: 'none' }, 2);
  await kill();
  await world.until(async () => (await told('refused')).length === 1);
  const before = world.clock.now();
  await world.until(() => world.clock.now() > before + 3_000_000).catch(() => undefined);
  expect(alive()).toHaveLength(1);
  await world.outcome(await world.deploy([spec({ condition: 'none' }, { replicas: 3 })], 'v1'));
  expect(alive()).toHaveLength(3);
  await kill();
  await world.until(async () => (await told('refused')).length === 1);
  expect(alive()).toHaveLength(2);
});

it('O-03 another policy alone replaces nobody, and the plan says it', async () => {
  await live({ condition: 'none' }, 2);
  const before = alive();
  const services = [spec({ condition: 'on-failure' }, { replicas: 2 })];
  const deployment = await world.deploy(services, 'v1');
  const plan = await world.store.get('plan', deployment.planId);
  expect(plan?.value.changes).toMatchObject([{ kind: 'update', reason: 'restart changed' }]);
  expect((await world.outcome(deployment)).outcome).toBe('succeeded');
  expect(alive()).toEqual(before);
  await kill();
  await world.until(() => alive().length === 2);
});
