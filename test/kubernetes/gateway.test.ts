// Shares of traffic by the cluster's own Gateway: HTTPRoutes that follow every step of a rollout, what is said where the cluster refuses one, and printed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { httpRoutes } from '../../src/adapters/runtimes/kubernetes/objects/gateway.ts';
import { cli } from '../kit/cli.ts';
import type { DeploymentSeen, House } from '../kit/house.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { routeFaults, sharesOf } from '../kit/kube/control/routes.ts';
import type { Part, Stored } from '../kit/kube/objects.ts';
import { faultsOf, unknownFields } from '../kit/kube/schema.ts';
import { until } from '../kit/until.ts';
import { aSet, never, passesUntil, quiet, ready, runtimeOn } from './bench.ts';
import { manifest, openCluster, openHouse } from './kit.ts';

const gateway = { namespace: 'infra', name: 'public' };

describe('the HTTPRoutes of a service', () => {
  it('are one for each host, with weights that add up', () => {
    const request = { home: 'x', gateway, key: 'shop/test/web', labels: { a: 'b' }, weights: { 'web-new': 1, 'web-old': 2 } };
    const routes = httpRoutes({
      ...request,
      routes: [...['/', '/api'].map((path) => ({ host: 'shop.test', path })), { host: '*', path: '/' }],
    });
    expect(routes).toMatchObject([
      {
        spec: {
          parentRefs: [{ kind: 'Gateway', namespace: 'infra', name: 'public' }],
          hostnames: ['shop.test'],
          rules: [
            {
              matches: [{ path: { type: 'PathPrefix', value: '/' } }, { path: { value: '/api' } }],
              backendRefs: [
                { kind: 'Service', name: 'web-new', port: 80, weight: 3333 },
                { name: 'web-old', weight: 6667 },
              ],
            },
          ],
        },
      },
      { spec: { rules: [{ matches: [{ path: { value: '/' } }] }] } },
    ]);
    expect(routes[1]?.['spec']).not.toHaveProperty('hostnames');
    expect(new Set(routes.map((one) => one.metadata.name)).size).toBe(2);
  });

  it('are sound whatever the hosts, paths and weights are', () => {
    const label = fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,20}[a-z0-9])?$/);
    const host = fc.oneof(
      fc.constant('*'),
      fc.array(label, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    );
    const route = fc.record({ host, path: fc.constantFrom('/', '/api', '/a/b-c_d') });
    const weights = fc.dictionary(label, fc.double({ min: 0, max: 1e6, noNaN: true }), { minKeys: 1, maxKeys: 4 });
    fc.assert(
      fc.property(fc.array(route, { minLength: 1, maxLength: 6 }), weights, (routes, shares) => {
        const made = httpRoutes({ home: 'x', gateway, key: 'shop/test/web', labels: {}, routes, weights: shares });
        for (const one of made) expect(routeFaults(one as Part)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('are judged by a schema that sees', () => {
    const [route] = httpRoutes({ home: 'x', gateway, key: 'a/b/c', labels: {}, routes: [{ host: 'a.b', path: '/' }], weights: { c: 1 } });
    const spec = route?.['spec'] as Part;
    expect(routeFaults({ spec: { ...spec, hostname: 'x' } })).toHaveLength(1);
    expect(routeFaults({ spec: { ...spec, hostnames: ['Not_One'] } })).toHaveLength(1);
    expect(routeFaults({ spec: { ...spec, rules: [{ matches: [], backendRefs: [{ name: 'c', weight: -1 }] }] } })).toHaveLength(1);
  });

  it('are printed with what they lead to', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'render-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const web = { image: 'registry.test/web:1', port: 3000, routes: [{ host: 'shop.test' }] };
    await writeFile(join(directory, 'code.yaml'), JSON.stringify({ application: 'shop', services: { web } }));
    const render = (...more: readonly string[]) =>
      cli(['manifest', 'render', '--runtime', 'kubernetes', '--home', '/home/x', ...more], directory);
    const { code, stdout } = await render('--gateway', 'infra/public');
    expect(code).toBe(0);
    const objects = parseAllDocuments(stdout).map((one) => one.toJS() as Stored);
    const route = objects.find((one) => one.kind === 'HTTPRoute');
    const spec = route?.['spec'] as { rules: { backendRefs: { name: string }[] }[] } | undefined;
    const [backend] = spec?.rules[0]?.backendRefs ?? [];
    expect(objects.filter((one) => one.kind === 'Service').map((one) => one.metadata.name)).toContain(backend?.name);
    for (const one of objects) expect([...faultsOf(one, undefined), ...unknownFields(one)]).toEqual([]);
    expect((await render()).stdout).not.toContain('HTTPRoute');
  });
});

describe('a pod that the cluster’s Gateway may still send requests to', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await openCluster();
  });
  afterEach(() => cluster[Symbol.asyncDispose]());

  it('keeps its whole drain time, as nobody here counts what it serves', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig(), { clusterGateway: gateway });
    const port = await cluster.freePort();
    const patient = (replicas: number) => aSet(port, replicas, { stop: { drain: 3_600_000, grace: 1_000 } });
    await passesUntil(runtime, patient(2), ready(2));
    await passesUntil(runtime, patient(1), (seen) => seen.some((one) => one.state === 'draining'));
    for (let pass = 0; pass < 10; pass += 1) await runtime.apply(patient(1), quiet, never);
    expect(cluster.api.objects.list('Deployment')[0]).toMatchObject({ spec: { replicas: 2 } });
    expect(new Set(cluster.pods().map((one) => one.metadata.labels?.['codectl/serving']))).toEqual(new Set(['false', 'true']));
  });
});

describe('a rollout on a cluster with a Gateway', () => {
  let cluster: TestCluster;
  let house: House;
  let port: number;
  beforeAll(async () => {
    cluster = await openCluster();
    port = await cluster.freePort();
    house = await openHouse(cluster, {}, { kubernetes_gateway: 'infra/public' });
  });
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  const stop = { drain: '100ms', grace: '30s' };
  /** By what the pods' image is: the share of the requests that they would get, in percent. */
  const shares = (): Readonly<Record<string, number>> => {
    const seen: Record<string, number> = {};
    for (const [pod, share] of Object.entries(sharesOf(cluster.api.objects, { host: 'shop.localhost', path: '/' }))) {
      const spec = cluster.api.objects.get('Pod', pod)?.['spec'] as
        | { readonly containers: readonly { readonly image: string }[] }
        | undefined;
      const version = spec?.containers[0]?.image.split(':')[1] ?? '';
      seen[version] = Math.round(((seen[version] ?? 0) + share) * 100) / 100;
    }
    return seen;
  };
  const become = (wanted: object) => until(shares, (seen) => JSON.stringify(seen) === JSON.stringify(wanted), undefined, 50);

  it('is planned with a word on what that Gateway does not do', async () => {
    const { warnings } = await house.call<{ warnings: readonly string[] }>('change.plan', { manifest: manifest(port, { stop }) });
    expect(warnings.join()).toContain('they are not counted, so no analysis sees them');
  });

  it('has its route accepted, and all requests would reach its pods', async () => {
    expect(await house.outcome(await house.deploy(manifest(port, { stop })))).toMatchObject({ outcome: 'succeeded' });
    await become({ 1: 100 });
    const [route] = await until(
      () => cluster.api.objects.list('HTTPRoute'),
      (routes) => routes[0]?.['status'] !== undefined,
    );
    expect(route).toMatchObject({
      status: {
        parents: [
          {
            conditions: [
              { type: 'Accepted', status: 'True' },
              { type: 'ResolvedRefs', status: 'True' },
            ],
          },
        ],
      },
    });
  });

  it('moves shares step by step, and back', async () => {
    const strategy = { kind: 'canary', steps: [{ weight: '20%', pause: true }, '100%'], bake: '0s' };
    const { id } = await house.deploy(manifest(port, { stop, strategy, image: 'registry.test/web:2' }));
    await become({ 1: 80, 2: 20 });
    await house.call<DeploymentSeen>('deployments.abort', { id });
    await become({ 1: 100 });
    await house.outcome({ id });
    const again = await house.deploy(manifest(port, { stop, strategy, image: 'registry.test/web:2' }));
    await become({ 1: 80, 2: 20 });
    await house.call('deployments.promote', { id: again.id });
    expect(await house.outcome(again)).toMatchObject({ outcome: 'succeeded' });
    await become({ 2: 100 });
    // The old release takes its address along.
    const deployments = () => cluster.api.objects.list('Deployment').map((one) => one.metadata.name);
    await until(
      () => cluster.api.objects.list('Service').length,
      (count) => count === deployments().length + 1,
    );
  });

  it('puts right what somebody else changes or takes away', async () => {
    const [route] = cluster.api.objects.list('HTTPRoute');
    const name = route?.metadata.name ?? '';
    cluster.api.objects.update('HTTPRoute', name, (copy) => {
      copy['spec'] = { ...(copy['spec'] as Part), rules: [{ matches: [], backendRefs: [] }] };
    });
    await become({ 2: 100 });
    cluster.api.objects.delete('HTTPRoute', name);
    await become({ 2: 100 });
  });

  it('is told by doctor where the cluster refuses its route', async () => {
    const doctor = () => house.call('system.doctor').then((said) => JSON.stringify(said));
    expect(await doctor()).not.toContain('NoMatchingParent');
    cluster.dials.gateways.delete('infra/public');
    // Whatever changes, the controller looks again.
    cluster.api.objects.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'nudge' } }, 'shop');
    await until(doctor, (said) => said.includes('Accepted is False: NoMatchingParent: there is no Gateway public'));
    cluster.dials.gateways.add('infra/public');
  });

  it('leaves no route and no address behind', async () => {
    const plan = await house.call<{ plan_id: string }>('change.remove_plan', { application: 'shop', environment: 'test' });
    expect(await house.outcome(await house.call('change.apply', { plan_id: plan.plan_id }))).toMatchObject({ outcome: 'succeeded' });
    await until(
      () => [...cluster.api.objects.list('HTTPRoute'), ...cluster.api.objects.list('Service')].length,
      (count) => count === 0,
    );
  });
});
