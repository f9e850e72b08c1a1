// A deployment that went back by itself is an incident, once; what ended otherwise is none.
import { expect, it } from 'vitest';
import { CodeError } from '../../src/base/errors.ts';
import { incidentOf } from '../../src/decide/incidents/opened.ts';
import type { Deployment } from '../../src/model/deployment.ts';
import { aService, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { aLiveWorld } from './live-world.ts';

const kept = async (world: World) => (await world.store.list('incident')).map((one) => one.value);

it('is opened by a deployment that was rolled back, with why, and told as an event', async () => {
  const world = await aLiveWorld();
  const failed = await world.outcome(await world.deploy([aService()], 'bad'));
  expect(failed.outcome).toBe('rolled_back');
  expect(await kept(world)).toMatchObject([
    {
      id: 'shop-test-i1',
      scope,
      title: `${failed.id} was rolled back`,
      severity: 'warning',
      state: 'open',
      openedBy: 'engine',
      run: failed.id,
      openedAt: failed.endedAt,
      notes: [{ by: 'engine', text: failed.reason, run: failed.id }],
    },
  ]);
  const events = (await world.store.events(0, 10_000)).filter((one) => one.kind === 'incident.opened');
  expect(events).toMatchObject([{ ...scope, message: `incident shop-test-i1 (warning) opened by engine, about ${failed.id}` }]);
});

it('is none where somebody stopped it, or all went well', async () => {
  const world = await aLiveWorld();
  const { id } = await world.deploy([aService()], 'bad');
  await world.engine.deployments.abort(id, 'user:eva', 'a mistake');
  await world.until(async () => (await world.engine.deployments.find(id)).value.outcome !== undefined);
  expect((await world.engine.deployments.find(id)).value.outcome).toBe('aborted');
  await world.outcome(await world.deploy([aService()], 'v2'));
  expect(await kept(world)).toEqual([]);
});

it('is written with the end of its deployment or not at all: a commit that is refused is made again, and there is still one', async () => {
  const world = await aLiveWorld();
  const { store } = world;
  const commit = store.commit.bind(store);
  let refused = 0;
  store.commit = async (changes, fence) => {
    const isEnd = changes.some((one) => one.op === 'put' && one.kind === 'incident');
    if (!isEnd || refused === 3) return commit(changes, fence);
    expect(changes.some((one) => one.op === 'put' && one.kind === 'deployment' && one.value.outcome !== undefined)).toBe(true);
    refused += 1;
    throw new CodeError('write_conflict', 'somebody was first');
  };
  const failed = await world.outcome(await world.deploy([aService()], 'bad'));
  expect([refused, failed.outcome]).toEqual([3, 'rolled_back']);
  expect((await kept(world)).map((one) => one.run)).toEqual([failed.id]);
});

it('is critical where nothing whole is left', () => {
  const deployment = { id: 'shop-test-2', scope, kind: 'deploy', reason: 'why' } as unknown as Deployment;
  const severityOf = (more: Partial<Deployment>) => incidentOf({ ...deployment, ...more })?.severity;
  expect(severityOf({ outcome: 'failed_mixed' })).toBe('critical');
  expect(severityOf({ outcome: 'failed', kind: 'rollback' })).toBe('critical');
  expect(severityOf({ outcome: 'rolled_back' })).toBe('warning');
  for (const outcome of ['succeeded', 'aborted', 'failed', 'inconclusive', 'superseded', 'cancelled', undefined] as const)
    expect([outcome, severityOf({ outcome })]).toEqual([outcome, undefined]);
});
