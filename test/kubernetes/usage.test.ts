// What pods use: read from the cluster's metrics API where there is one, else not measured, which is never nothing used.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantity, Usage } from '../../src/adapters/runtimes/kubernetes/look/usage.ts';
import type { House } from '../kit/house.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { scope } from '../kit/specs.ts';
import { until } from '../kit/until.ts';
import { aSet, never, passesUntil, ready, runtimeOn } from './bench.ts';
import { callerOn } from './callers.ts';
import { manifest, openCluster, openHouse } from './kit.ts';

it.each([
  ['250m', 0.25],
  ['1500000n', 0.0015],
  ['75u', 0.000_075],
  ['2', 2],
  ['64Mi', 2 ** 26],
  ['1024Ki', 2 ** 20],
  ['12M', 12e6],
  ['1e3', 1000],
])('%s is a quantity', (text, value) => expect(quantity(text)).toBeCloseTo(value, 9));

it.each(['', '12Qi', 'm', '-1'])('"%s" is none', (text) => expect(quantity(text)).toBeNaN());

describe('what pods use', () => {
  let cluster: TestCluster;
  let pod: string;
  beforeAll(async () => {
    cluster = await openCluster();
    using runtime = runtimeOn(await cluster.kubeconfig());
    const [one] = await passesUntil(runtime, aSet(await cluster.freePort(), 1), ready(1));
    pod = one?.id ?? '';
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const usage = async () => {
    const { client, clock } = callerOn({ config: await cluster.kubeconfig() });
    return { clock, usage: new Usage({ client, clock, selector: '', lifetime: never }) };
  };
  const measured = (stamp: string, cpu: string) => {
    cluster.api.metrics = { stamp, use: (name) => (name === pod ? { cpu, memory: '64Mi' } : undefined) };
  };

  it('is not measured where the cluster has no metrics', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    await expect(runtime.stats?.(scope)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('has no metrics API (metrics.k8s.io): what pods use is not measured'),
    });
  });

  it('is what was measured last, going on until it is measured again', async () => {
    measured('1', '500m');
    const { clock, usage: seen } = await usage();
    const first = (await seen.of([pod, 'nobody']))[pod];
    expect(first).toEqual({ cpuSeconds: 0, memory: 2 ** 26 });
    clock.moveTo(clock.now() + 10_000);
    expect((await seen.of([pod]))[pod]?.cpuSeconds).toBeCloseTo(5, 9);
    measured('2', '1');
    clock.moveTo(clock.now() + 10_000);
    expect((await seen.of([pod]))[pod]?.cpuSeconds).toBeCloseTo(10, 9);
    clock.moveTo(clock.now() + 1_000);
    expect((await seen.of([pod]))[pod]?.cpuSeconds).toBeCloseTo(11, 9);
  });

  it('is not known of a pod of which nothing new is heard', async () => {
    measured('3', '1');
    const { clock, usage: seen } = await usage();
    expect(Object.keys(await seen.of([pod]))).toEqual([pod]);
    clock.moveTo(clock.now() + 180_000);
    expect(await seen.of([pod])).toEqual({});
  });
});

describe('a service that scales by CPU', () => {
  let cluster: TestCluster;
  let house: House;
  beforeAll(async () => {
    cluster = await openCluster();
    house = await openHouse(cluster);
  });
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  it('grows by what the cluster measures, and keeps its size while nothing is measured', async () => {
    const scale = { min: 1, max: 3, targets: { cpu: '50%' } };
    const text = manifest(await cluster.freePort(), { replicas: undefined, resources: { cpu: 1, memory: '64Mi' }, scale });
    expect(await house.outcome(await house.deploy(text))).toMatchObject({ outcome: 'succeeded' });
    await until(
      () => cluster.api.asked.filter((one) => one.includes('metrics.k8s.io')).length,
      (count) => count >= 2,
    );
    expect((await house.service('web')).replicas).toBe(1);
    cluster.api.metrics = { stamp: '1', use: () => ({ cpu: '900m', memory: '32Mi' }) };
    await until(
      async () => (await house.service('web')).ready,
      (count) => count === 3,
      undefined,
      100,
    );
  });
});
