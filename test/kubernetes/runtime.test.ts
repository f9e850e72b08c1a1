// The runtime against an API that is strict: fields and their owners, watches that end, patience that is asked for, refusals in words.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitText } from '../../src/decide/rollout/failure.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { Status } from '../kit/kube/status.ts';
import { scope } from '../kit/specs.ts';
import { until } from '../kit/until.ts';
import { aSet, countOf, never, passesUntil, quiet, ready, runtimeOn } from './bench.ts';
import { image, openCluster } from './kit.ts';

let cluster: TestCluster;
let port: number;
beforeEach(async () => {
  cluster = await openCluster();
  port = await cluster.freePort();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const deployment = () => {
  const [found] = cluster.api.objects.list('Deployment');
  if (!found) throw new Error('there is no Deployment');
  return found;
};

describe('what is asked of the cluster', () => {
  it('asks once, not at every pass', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    await passesUntil(runtime, aSet(port, 1), ready(1));
    const before = countOf(cluster, /^PATCH/);
    for (let pass = 0; pass < 5; pass += 1) await runtime.apply(aSet(port, 1), quiet, never);
    expect(countOf(cluster, /^PATCH/)).toBe(before);
  });

  it('takes over fields that somebody else has set, and leaves all others to them', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    await passesUntil(runtime, aSet(port, 1), ready(1));
    const { name } = deployment().metadata;
    const change = { metadata: { annotations: { 'their/note': 'ours' } }, spec: { replicas: 3 } };
    const path = `/apis/apps/v1/namespaces/shop/deployments/${name}?fieldManager=kubectl`;
    await fetch(`${cluster.server}${path}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify(change),
    });
    await passesUntil(runtime, aSet(port, 1), (seen) => ready(1)(seen) && cluster.pods().length === 1);
    expect(deployment()).toMatchObject({ metadata: { annotations: { 'their/note': 'ours' } }, spec: { replicas: 1 } });
    const owners = cluster.api.owners.of(deployment().metadata.uid);
    expect(owners.get('codectl')).toContain('["spec","replicas"]');
    expect(owners.get('kubectl')).not.toContain('["spec","replicas"]');
  });

  it('without force, the API names the conflict', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    await passesUntil(runtime, aSet(port, 1), ready(1));
    const { name } = deployment().metadata;
    const body = JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas: 5 } });
    const answer = await fetch(`${cluster.server}/apis/apps/v1/namespaces/shop/deployments/${name}?fieldManager=other`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body,
    });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ reason: 'Conflict', message: expect.stringContaining('conflict with "codectl"') });
  });

  it('gives pods their environment and their secrets, and no word of a command is replaced', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig(), { secrets: { PASSWORD: 'geheim' } });
    const set = aSet(port, 1, {
      env: { GREETING: 'hello $(HOME)' },
      secrets: ['PASSWORD'],
      container: { command: ['serve', '$(PASSWORD)'] },
    });
    const [one] = await passesUntil(runtime, set, ready(1));
    const told: unknown = await (await fetch(`http://${one?.address?.host}:${port}/env`)).json();
    expect(told).toMatchObject({
      GREETING: 'hello $(HOME)',
      PASSWORD: 'geheim',
      PORT: String(port),
      CODE_INSTANCE: one?.id,
      CODE_SERVICE: 'api',
    });
    expect(JSON.stringify(deployment())).not.toContain('geheim');
    expect(deployment()).toMatchObject({ spec: { template: { spec: { containers: [{ args: ['serve', '$$(PASSWORD)'] }] } } } });
  });

  it('gives pods the files of secrets, which they may read, and tells nobody else what is in them', async () => {
    const values = { PASSWORD: 'geheim', TLS_KEY: 'line one\nline two\n', CA: 'someone' };
    using runtime = runtimeOn(await cluster.kubeconfig(), { secrets: values });
    const set = aSet(port, 1, { secrets: ['PASSWORD', 'TLS_KEY', 'CA'], secretFiles: ['TLS_KEY', 'CA'] });
    const [one] = await passesUntil(runtime, set, ready(1));
    const ask = async (path: string) => (await fetch(`http://${one?.address?.host}:${port}${path}`)).text();
    const told = JSON.parse(await ask('/env')) as Readonly<Record<string, string>>;
    expect(told).toMatchObject({ PASSWORD: 'geheim', TLS_KEY_FILE: '/run/secrets/TLS_KEY', CA_FILE: '/run/secrets/CA' });
    expect([told['TLS_KEY'], told['CA']]).toEqual([undefined, undefined]);
    expect(await ask('/file?variable=TLS_KEY_FILE')).toBe('440 line one\nline two\n');
    expect(await ask('/file?variable=CA_FILE')).toBe('440 someone');
    for (const kind of ['Deployment', 'ReplicaSet', 'Pod', 'ConfigMap', 'Event'])
      expect(JSON.stringify(cluster.api.objects.list(kind))).not.toMatch(/geheim|line one|someone/);
  });
});

describe('a set that gets smaller', () => {
  it('loses the pods that were drained, and none before its last request has ended', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    const all = await passesUntil(runtime, aSet(port, 3), ready(3));
    const routed = new Set(all.map((one) => one.id));
    const draining = await passesUntil(runtime, aSet(port, 1), (seen) => seen.filter((one) => one.state === 'draining').length === 2, {
      routed,
      inFlight: {},
    });
    const [first, second] = draining.filter((one) => one.state === 'draining').map((one) => one.id);
    const busy = { routed: new Set<string>(), inFlight: { [first ?? '']: 1 } };
    const left = await passesUntil(runtime, aSet(port, 1), (seen) => seen.length === 2, busy);
    expect(left.map((one) => one.id)).not.toContain(second);
    expect(left.find((one) => one.id === first)).toMatchObject({ state: 'draining' });
    await passesUntil(runtime, aSet(port, 1), (seen) => seen.length === 1 && seen[0]?.state === 'running');
  });

  it('keeps a pod that was chosen to leave when it is needed again', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    const all = await passesUntil(runtime, aSet(port, 2), ready(2));
    const traffic = { routed: new Set(all.map((one) => one.id)), inFlight: {} };
    await passesUntil(runtime, aSet(port, 1), (seen) => seen.some((one) => one.state === 'draining'), traffic);
    const again = await passesUntil(runtime, aSet(port, 2), ready(2), traffic);
    expect(again.map((one) => one.id).toSorted()).toEqual(all.map((one) => one.id).toSorted());
    expect(cluster.pods().map((one) => one.metadata.labels?.['codectl/serving'])).toEqual(['true', 'true']);
  });
});

describe('a watch', () => {
  it('goes on where it was when the server ends it', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    await passesUntil(runtime, aSet(port, 1), ready(1));
    const [lists, watches] = [countOf(cluster, /^GET .*pods$/), countOf(cluster, /pods\?watch$/)];
    cluster.api.endWatches();
    await until(
      () => countOf(cluster, /pods\?watch$/),
      (count) => count > watches,
    );
    await passesUntil(runtime, aSet(port, 2), ready(2));
    expect(countOf(cluster, /^GET .*pods$/)).toBe(lists);
  });

  it('lists anew when what it knows is too old, and sees what was missed', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    await passesUntil(runtime, aSet(port, 2), ready(2));
    const lists = countOf(cluster, /^GET .*pods$/);
    await cluster.api.close();
    const [lost] = cluster.pods();
    cluster.api.objects.delete('Pod', lost?.metadata.name ?? '');
    cluster.api.objects.compact();
    await cluster.reopen();
    await passesUntil(runtime, aSet(port, 2), (seen) => ready(2)(seen) && !seen.some((one) => one.id === lost?.metadata.name));
    expect(countOf(cluster, /^GET .*pods$/)).toBeGreaterThan(lists);
  });

  it('is never taken for the truth while the cluster does not answer', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    await passesUntil(runtime, aSet(port, 1), ready(1));
    await cluster.api.close();
    const said = await until(
      () =>
        runtime.observe(scope, never).then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
      (seen) => seen !== undefined,
    );
    expect(said).toMatchObject({
      code: 'runtime_unavailable',
      message: expect.stringContaining('No Kubernetes API answers at http://127.0.0.1'),
    });
    await cluster.reopen();
    await passesUntil(runtime, aSet(port, 1), ready(1));
  });
});

describe('an API that refuses', () => {
  it('is asked again when it says "later", as late as it says', async () => {
    let left = 4;
    cluster.api.options.admit = ({ method }) =>
      method === 'PATCH' && left-- > 0
        ? new Status(429, 'TooManyRequests', 'too many requests', left % 2 === 0 ? { headers: { 'retry-after': '0' } } : {})
        : undefined;
    using runtime = runtimeOn(await cluster.kubeconfig());
    await passesUntil(runtime, aSet(port, 1), ready(1));
    expect(left).toBeLessThan(0);
  });

  it('is quoted where it may not be asked', async () => {
    cluster.api.options.admit = ({ method, kind }) =>
      method === 'PATCH' && kind.kind === 'Deployment'
        ? new Status(403, 'Forbidden', 'deployments.apps is forbidden: User "me" cannot patch resource "deployments"')
        : undefined;
    using runtime = runtimeOn(await cluster.kubeconfig());
    const [seen] = await passesUntil(runtime, aSet(port, 1), (all) => all.length === 1);
    expect(seen).toMatchObject({
      ready: false,
      state: 'running',
      unreadyBecause: expect.stringMatching(/may not do this.*cannot patch resource "deployments".*auth can-i/s),
    });
    cluster.api.options.admit = () => undefined;
    await passesUntil(runtime, aSet(port, 1), ready(1));
  });

  it('tells why it makes no pods', async () => {
    cluster.dials.quota = 0;
    using runtime = runtimeOn(await cluster.kubeconfig());
    const because = (seen: readonly { readonly unreadyBecause?: string }[]) => seen[0]?.unreadyBecause?.includes('exceeded quota') === true;
    await passesUntil(runtime, aSet(port, 1), because);
  });

  it('refuses rights that its namespace forbids, and says so', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    const seen = await passesUntil(runtime, aSet(port, 1, { container: { capabilities: ['SYS_ADMIN'] } }), (all) =>
      /PodSecurity/.test(all[0]?.unreadyBecause ?? ''),
    );
    expect(seen[0]?.unreadyBecause).toContain('added capabilities');
  });
});

describe('pods that fail', () => {
  it('count each of their deaths', async () => {
    cluster.images.set('registry.test/web:bad', image('bad', { CRASH: '3' }));
    using runtime = runtimeOn(await cluster.kubeconfig());
    const seen = await passesUntil(
      runtime,
      aSet(port, 1, {}, 'registry.test/web:bad'),
      (all) => all.filter((one) => one.state === 'exited').length >= 3,
    );
    const [first] = seen;
    expect(first).toMatchObject({ id: expect.stringMatching(/~1$/), exit: { code: 3, requested: false } });
    const lines: string[] = [];
    for await (const { text } of runtime.logs?.(first?.id ?? '', { follow: false }, never) ?? []) lines.push(text);
    expect(lines).toEqual(['bad begins']);
  });

  it('that no node takes say so', async () => {
    cluster.dials.unschedulable = '0/3 nodes are available: 3 Insufficient memory.';
    using runtime = runtimeOn(await cluster.kubeconfig());
    await passesUntil(
      runtime,
      aSet(port, 1),
      (all) => all[0]?.unreadyBecause === 'Unschedulable: 0/3 nodes are available: 3 Insufficient memory.',
    );
  });

  it('whose volumes cannot be mounted say so, in the words of the cluster’s warnings', async () => {
    cluster.dials.unmountable = 'MountVolume.SetUp failed for volume "tmp"';
    using runtime = runtimeOn(await cluster.kubeconfig());
    const because = 'FailedMount: MountVolume.SetUp failed for volume "tmp"';
    const [one] = await passesUntil(runtime, aSet(port, 1), (all) => all[0]?.unreadyBecause === because);
    expect(one).toMatchObject({ state: 'running', ready: false });
    delete cluster.dials.unmountable;
    await passesUntil(runtime, aSet(port, 1), ready(1));
  });

  it('whose warnings one may not read are still known', async () => {
    cluster.api.options.admit = ({ kind }) => (kind.kind === 'Event' ? new Status(403, 'Forbidden', 'events is forbidden') : undefined);
    using runtime = runtimeOn(await cluster.kubeconfig());
    const [one] = await passesUntil(runtime, aSet(port, 1), ready(1));
    await fetch(`http://${one?.address?.host}:${port}/sicken`);
    const seen = await passesUntil(runtime, aSet(port, 1), (all) => all[0]?.ready === false && countOf(cluster, /events$/) > 0);
    expect(seen[0]?.unreadyBecause).toBe('its readiness probe does not pass');
  });

  it('that end because they are never healthy say what their probe was answered', async () => {
    cluster.images.set('registry.test/web:sick', image('sick', { UNREADY: '1' }));
    using runtime = runtimeOn(await cluster.kubeconfig());
    const set = aSet(port, 1, {}, 'registry.test/web:sick');
    const told = (all: readonly Instance[]) => all.find((one) => one.state === 'exited' && one.exit?.said !== undefined);
    const ended = told(await passesUntil(runtime, set, (all) => told(all) !== undefined));
    expect(ended?.exit?.said).toBe('Unhealthy: Startup probe failed: HTTP probe failed with statuscode: 503');
    expect(ended && exitText(ended)).toMatch(/^(?:exited with code \d+|was killed by \w+) \(Unhealthy: Startup probe failed/);
  });

  it('that run out of memory say so', async () => {
    cluster.images.set('registry.test/web:oom', image('oom', { OOM: '1' }));
    using runtime = runtimeOn(await cluster.kubeconfig());
    const set = aSet(port, 1, {}, 'registry.test/web:oom');
    const seen = await passesUntil(runtime, set, (all) => all.some((one) => one.state === 'exited'));
    expect(seen[0]).toMatchObject({ exit: { outOfMemory: true } });
  });

  it('that wait for their image have not begun', async () => {
    let arrives = (): void => undefined;
    const pulled = new Promise<void>((resolve) => (arrives = resolve));
    cluster.images.set('registry.test/web:slow', { ...image('slow'), pulled });
    using runtime = runtimeOn(await cluster.kubeconfig());
    const set = aSet(port, 1, {}, 'registry.test/web:slow');
    await passesUntil(runtime, set, (all) => all[0]?.state === 'starting' && all[0].node === 'node-1');
    arrives();
    await passesUntil(runtime, set, ready(1));
  });

  it('that stop being ready are no longer ready', async () => {
    using runtime = runtimeOn(await cluster.kubeconfig());
    const [one] = await passesUntil(runtime, aSet(port, 1), ready(1));
    await fetch(`http://${one?.address?.host}:${port}/sicken`);
    const seen = await passesUntil(runtime, aSet(port, 1), (all) => all[0]?.ready === false);
    expect(seen[0]).toMatchObject({ state: 'running', unreadyBecause: expect.stringContaining('its readiness probe does not pass') });
    await passesUntil(
      runtime,
      aSet(port, 1),
      (all) => all[0]?.unreadyBecause?.includes('(Unhealthy: Readiness probe failed: HTTP') === true,
    );
  });
});
