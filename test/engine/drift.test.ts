// What was changed behind the engine's back is found, told and put right – or the reason why not is told, once.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noArtifacts } from '../../src/adapters/artifacts/fake/fake.ts';
import type { Digest } from '../../src/base/digest.ts';
import { CodeError } from '../../src/base/errors.ts';
import { DriftWatch } from '../../src/engine/drift/watch.ts';
import type { Artifacts, SnapshotDamage } from '../../src/ports/artifacts.ts';
import { aRelease, aService, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

const api = aService({ replicas: 2, routes: [{ host: 'shop.localhost', path: '/' }] });
let world: World;
let watch: DriftWatch;
beforeEach(async () => {
  world = await createWorld();
  await world.outcome(await world.deploy([api], 'v1'));
  watch = new DriftWatch(world.engine);
});
afterEach(async () => {
  await watch.stop();
  await world.stop();
});

const news = async (kind: string) => (await world.store.events(0, 10_000)).filter((one) => one.kind === kind).map((one) => one.message);
/** What `status` would tell. */
const told = async () => {
  const [seen] = await world.engine.queries.survey(scope, new AbortController().signal);
  return seen?.drift.map(({ kind, subject, state, because }) => ({ kind, subject, state, because })) ?? [];
};
const driftEvents = async () => [await news('drift.found'), await news('drift.repaired'), await news('engine.problem')];

describe('the route table', () => {
  it('is put back above one that somebody applied by hand', async () => {
    const ours = world.tables.at(-1);
    const version = (ours?.version ?? 0) + 7;
    await world.engine.ports.traffic.apply({ version, routes: [], services: [] }, new AbortController().signal);
    watch.start();
    await world.until(async () => (await news('drift.repaired')).length > 0);
    expect(world.tables.at(-1)).toEqual({ ...ours, version: version + 1 });
    expect(await news('drift.found')).toEqual([`the gateway follows route table ${version} instead of ${ours?.version}`]);
    expect(await told()).toEqual([{ kind: 'route_table', subject: 'route table', state: 'repaired' }]);
  });

  it('that is ours is left alone', async () => {
    const applied = world.tables.length;
    await watch.lookAtTraffic();
    expect(world.tables).toHaveLength(applied);
    expect(await driftEvents()).toEqual([[], [], []]);
  });
});

describe('an instance with our mark that nobody has a record of', () => {
  it('is told and stopped; those with a record stay', async () => {
    const known = world.fake.alive();
    const replicaSet = { id: 'shop/test/api@000000000000', scope, release: aRelease(api, 'v1'), replicas: 1, generation: 0 };
    const request = { id: 'api-by-hand', replicaSet, secrets: {}, surroundings: {} };
    await world.fake.instances.start(request, new AbortController().signal);
    watch.start();
    await world.until(() => !world.fake.isAlive('api-by-hand'));
    expect(await told()).toEqual([{ kind: 'stray', subject: 'api-by-hand', state: 'repairing' }]);
    await world.until(async () => (await news('drift.repaired')).length > 0);
    expect(world.fake.alive()).toEqual(known);
    expect(await news('drift.found')).toEqual([expect.stringContaining('api-by-hand runs with our mark')]);
    expect(await told()).toEqual([{ kind: 'stray', subject: 'api-by-hand', state: 'repaired' }]);
  });
});

describe('a damaged snapshot', () => {
  const damage: SnapshotDamage = { path: 'server.js', what: 'content' };

  function watchOver(artifacts: Partial<Artifacts>): DriftWatch {
    const { ports, director, drift } = world.engine;
    return new DriftWatch({ ports: { ...ports, artifacts: { ...noArtifacts, ...artifacts } }, director, drift });
  }

  it('is mended, which is told with the file and the release', async () => {
    const damaged = new Map<Digest, SnapshotDamage>();
    const asked: Digest[] = [];
    watch = watchOver({
      verify: async (digest) => {
        asked.push(digest);
        return damaged.get(digest);
      },
      repair: async (digest) => (damaged.delete(digest) ? [damage] : []),
    });
    await watch.lookAtSnapshots();
    expect(asked).toHaveLength(1);
    for (const digest of asked) damaged.set(digest, damage);
    await watch.lookAtSnapshots();
    await watch.lookAtSnapshots();
    const { id } = aRelease(api, 'v1');
    expect(await driftEvents()).toEqual([
      [`the snapshot of ${id} was changed on disk: server.js (content)`],
      [`the snapshot of ${id} was mended: server.js`],
      [],
    ]);
  });

  it('that cannot be mended is told once, with the reason', async () => {
    watch = watchOver({
      verify: async () => damage,
      repair: async () => {
        throw new CodeError('artifact_corrupt', 'the stored content is damaged too');
      },
    });
    await watch.lookAtSnapshots();
    await watch.lookAtSnapshots();
    const [found, repaired, problems] = await driftEvents();
    expect([found?.length, repaired?.length]).toEqual([1, 0]);
    expect(problems).toEqual([expect.stringContaining('cannot be mended: the stored content is damaged too')]);
    const { id } = aRelease(api, 'v1');
    expect(await told()).toEqual([{ kind: 'snapshot', subject: id, state: 'refused', because: 'the stored content is damaged too' }]);
  });
});

describe('an instance that was killed', () => {
  it('is told until its replacement is ready, and as repaired for ten minutes after', async () => {
    const [victim = ''] = world.fake.alive();
    world.fake.kill(victim);
    expect(await told()).toEqual([{ kind: 'instance', subject: victim, state: 'repairing', because: 'its replacement is not ready yet' }]);
    await world.until(async () => (await told())[0]?.state === 'repaired');
    const repairedAt = world.clock.now();
    await world.until(async () => (await told()).length === 0);
    expect(world.clock.now() - repairedAt).toBeGreaterThan(9 * 60_000);
    expect(await told()).toEqual([]);
  });
});

describe('what was repaired', () => {
  it('is told for ten minutes', async () => {
    await world.engine.ports.traffic.apply({ version: 99, routes: [], services: [] }, new AbortController().signal);
    await watch.lookAtTraffic();
    expect(await told()).toMatchObject([{ state: 'repaired' }]);
    const repairedAt = world.clock.now();
    await world.until(async () => (await told()).length === 0);
    expect(world.clock.now() - repairedAt).toBeGreaterThan(9 * 60_000);
  });
});
