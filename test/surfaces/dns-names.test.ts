// The names behind the DNS surface: read from the engine's table, and put in order once for each table.
import { expect, onTestFinished, test } from 'vitest';
import { zoneOf } from '../../src/main/dns.ts';
import { aService, scope } from '../kit/specs.ts';
import { createWorld } from '../kit/world.ts';

test('names and instances follow the table in force, and nothing is put together for a question', async () => {
  const world = await createWorld();
  onTestFinished(() => world.stop());
  const zone = zoneOf(world.engine, 8080);
  const name = `api.${scope.environment}.${scope.application}.internal`;
  expect(zone.find(name)).toBeUndefined();
  await world.outcome(await world.deploy([aService({ replicas: 2 })], 'v1'));
  const first = zone.find(name);
  expect(first).toMatchObject({ name, address: expect.stringMatching(/^127\./) });
  expect(first?.endpoints).toHaveLength(2);
  expect(zone.find(name)).toBe(first);
  expect(zone.find(first?.address ?? '')).toBeUndefined();
  await world.outcome(await world.deploy([aService({ replicas: 3 })], 'v2'));
  const second = zone.find(name);
  expect(second?.endpoints).toHaveLength(3);
  expect(zone.find(name)).toBe(second);
  expect(new Set(second?.endpoints.map((one) => one.release)).has(first?.endpoints[0]?.release ?? '')).toBe(false);
});

test('the table costs nothing to ask for while it stays as it is', async () => {
  const world = await createWorld();
  onTestFinished(() => world.stop());
  await world.outcome(await world.deploy([aService()], 'v1'));
  const { director } = world.engine;
  const { routes, services } = director.table();
  expect([director.table().routes, director.table().services]).toEqual([routes, services]);
  expect(director.table().routes).toBe(routes);
  expect(director.table().services).toBe(services);
});
