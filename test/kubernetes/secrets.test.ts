// Secrets as files on a cluster, as people use them: known values are nowhere but where they belong, and a restart gives the newest.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Found } from '../kit/canary.ts';
import { formsOf, search, searchHome } from '../kit/canary.ts';
import { cli } from '../kit/cli.ts';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { kinds } from '../kit/kube/objects.ts';
import { until } from '../kit/until.ts';
import { image, manifest, openCluster, openHouse } from './kit.ts';

const values = { TLS_KEY: 'canary-file-one-4mQ\ncanary-file-two-8xR', PASSWORD: 'canary-variable-5pT' };
const forbidden = formsOf(values);

let cluster: TestCluster;
let house: House;
let port: number;
const set = (name: string, value: string) => house.call('secrets.set', { application: 'shop', environment: 'test', name, value });
const wished = { image: 'registry.test/web:tell', replicas: 1, secrets: ['PASSWORD', { name: 'TLS_KEY', as: 'file' }] };
const read = async () => {
  const { port: at } = await house.gateway();
  return (await get({ host: 'shop.localhost', port: at, path: '/file?variable=TLS_KEY_FILE' })).body;
};
const apply = async (operation: string) => {
  const plan = await house.call<{ plan_id: string }>(operation, { application: 'shop', environment: 'test' });
  expect(await house.outcome(await house.call('change.apply', { plan_id: plan.plan_id }))).toMatchObject({ outcome: 'succeeded' });
};

beforeAll(async () => {
  cluster = await openCluster();
  cluster.images.set('registry.test/web:tell', image('tell', { TELL: 'TLS_KEY_FILE' }));
  house = await openHouse(cluster);
  port = await cluster.freePort();
  for (const [name, value] of Object.entries(values)) await set(name, value);
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

describe('secrets as files on a cluster', () => {
  it('are there when the service runs, and nowhere else but in the Secret of its release', async () => {
    expect(await house.outcome(await house.deploy(manifest(port, wished)))).toMatchObject({ outcome: 'succeeded' });
    expect(await read()).toBe(`440 ${values.TLS_KEY}`);
    const found: Found[] = [];
    let hidden = 0;
    for (const args of [['logs', 'web'], ['events'], ['status'], ['history'], ['audit', 'export']]) {
      const { stdout, stderr } = await cli(['--home', house.home, ...args, ...(args[0] === 'logs' ? ['--app', 'shop'] : [])], house.root);
      search(forbidden, args.join(' '), stdout + stderr, found);
      hidden += stdout.split('[redacted]').length - 1;
    }
    for (const { kind } of kinds) if (kind !== 'Secret') search(forbidden, kind, JSON.stringify(cluster.api.objects.list(kind)), found);
    search(forbidden, 'the daemon’s log', house.log, found);
    expect(await searchHome(forbidden, house.home, found)).toBeGreaterThan(3);
    expect(found).toEqual([]);
    // It was printed, and hidden where it was.
    expect(hidden).toBeGreaterThan(0);
    search(forbidden, 'Secret', JSON.stringify(cluster.api.objects.list('Secret')), found);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(Object.keys(values)));
  });

  it('are the newest after a restart, which a plan asks for', async () => {
    await set('TLS_KEY', 'another-value-9zK');
    expect(await read()).toBe(`440 ${values.TLS_KEY}`);
    const { warnings } = await house.plan(manifest(port, wished));
    expect(warnings).toContainEqual(expect.stringContaining('TLS_KEY was changed after instances were started'));
    await apply('change.restart_plan');
    expect(await read()).toBe('440 another-value-9zK');
  });

  it('are gone with the application', async () => {
    await apply('change.remove_plan');
    await until(
      () => cluster.api.objects.list('Secret').map(({ metadata }) => metadata.name),
      (left) => left.length === 0,
    );
  });
});
