// A canary judged by what another system knows: a real HTTP server that speaks Prometheus' query API as its documentation has it.
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { deploymentKey } from '../../src/engine/keys.ts';
import { pruneQuietly } from '../../src/engine/prune.ts';
import { metricsFrom } from '../../src/main/adapters.ts';
import type { Deployment } from '../../src/model/deployment.ts';
import type { AnalysisMetric, Strategy } from '../../src/model/rollout/strategy.ts';
import { outboundTo } from '../../src/platform/guard/network/outbound.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { aService, aTarget, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

let server: Server | undefined;
let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  world = undefined;
});

/** Knows `lag` with the label `release`, and nothing else. */
async function prometheus(lag: (release: string) => number): Promise<string> {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://it');
    const release = /^avg\(lag\{release="([0-9a-z@]+)"\}\)$/.exec(searchParams.get('query') ?? '')?.[1];
    if (pathname !== '/api/v1/query' || request.method !== 'GET') return response.writeHead(404).end();
    const result = release === undefined ? [] : [{ metric: {}, value: [1_700_000_000, String(lag(release))] }];
    return response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Rolls v2 out over v1; the world's time stands still while the server is asked. */
async function rolledOut(url: string, query: string, varied: Partial<AnalysisMetric> = {}): Promise<Deployment> {
  const under = new Set<Promise<unknown>>();
  const metrics: Metrics = {
    read: (source, abort) => {
      const reading = metricsFrom(outboundTo([])).read(source, abort);
      under.add(reading);
      void reading.finally(() => under.delete(reading));
      return reading;
    },
  };
  world = await createWorld(undefined, metrics);
  const lag: AnalysisMetric = {
    metric: 'lag',
    source: { kind: 'prometheus', url, query },
    every: 5_000,
    worse: 'higher',
    worseBy: 0.1,
    ...varied,
  };
  const strategy: Strategy = {
    kind: 'canary',
    steps: [{ weight: 0.5 }, { weight: 1 }],
    bake: 1_000,
    analysis: { metrics: [lag], confidence: 0.99, atMost: 300_000 },
  };
  const spec = aService({ replicas: 2, strategy });
  await world.outcome(await world.deploy([spec], 'v1'));
  const { id } = await world.deploy([spec], 'v2');
  const { deployments } = world.engine;
  await world.until(async () => {
    while (under.size > 0) await Promise.all(under);
    return (await deployments.find(id)).value.outcome !== undefined;
  });
  return (await deployments.find(id)).value;
}

const query = 'avg(lag{release="{{release}}"})';

it('C-05 goes on when Prometheus knows both releases as alike', async () => {
  const deployment = await rolledOut(await prometheus(() => 50), query);
  expect(deployment).toMatchObject({ outcome: 'succeeded' });
});

it('goes back when the new release is worse there, and says so in numbers', async () => {
  const oldRelease = aTarget(aService(), 'v1').release;
  const deployment = await rolledOut(await prometheus((release) => (release === oldRelease ? 50 : 80)), query);
  expect(deployment.outcome).toBe('rolled_back');
  expect(deployment.reason).toContain("lag: the new release's");

  // What was measured is kept, and other thresholds can be tried on it.
  const judged = async (margin?: number) => {
    const found = await world?.engine.deployments.judge(deployment.id, (spec) => ({
      ...spec,
      metrics: (spec.metrics ?? []).map((one) => ({ ...one, ...(margin !== undefined && { margin }) })),
    }));
    return found?.map(({ service, verdict }) => [service, verdict.verdict]);
  };
  expect(await judged()).toEqual([['api', 'fail']]);
  expect(await judged(20)).toEqual([['api', 'fail']]);
  // It was given up before a pass by 40 could be shown.
  expect(await judged(40)).not.toEqual([['api', 'fail']]);
});

it('keeps the evidence of the newest deployments only, and says so of others', async () => {
  const deployment = await rolledOut(await prometheus(() => 50), query);
  const { engine, store } = world ?? (await createWorld());
  const key = (number: number) => `${deploymentKey(scope, number)}/000000000000001/api`;
  const [some] = await store.list('evidence');
  expect(some?.key).toMatch(/^shop\/test\/00000002\/\d{15}\/api$/);
  if (!some) return;
  await store.commit([{ op: 'put', kind: 'evidence', key: key(30), value: some.value }]);
  const { value, key: where } = (await store.list('environment'))[0] ?? {};
  if (value && where) await store.commit([{ op: 'put', kind: 'environment', key: where, value: { ...value, lastNumber: 30 } }]);
  await pruneQuietly(engine.ports);
  expect((await store.list('evidence')).map((one) => one.key)).toEqual([key(30)]);
  await expect(engine.deployments.judge(deployment.id, (spec) => spec)).rejects.toMatchObject({ code: 'evidence_unknown' });
});

it('C-23 never passes when Prometheus does not know the metric', async () => {
  const deployment = await rolledOut(await prometheus(() => 50), 'avg(other{release="{{release}}"})');
  expect(deployment.outcome).toBe('inconclusive');
  expect(deployment.reason).toContain('lag: not measured (of the old release: the query gives no value)');
});

it('is inconclusive when nobody answers there', async () => {
  const deployment = await rolledOut('http://127.0.0.1:1', query);
  expect(deployment.outcome).toBe('inconclusive');
  expect(deployment.reason).toContain('Prometheus does not answer');
});
