// The real daemon on a test cluster: deployed, served, changed under load, scaled, healed, taken away.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { Status } from '../kit/kube/status.ts';
import { until } from '../kit/until.ts';
import { image, manifest, openCluster, openHouse } from './kit.ts';

describe('on Kubernetes', () => {
  let cluster: TestCluster;
  let house: House;
  let port: number;
  beforeAll(async () => {
    cluster = await openCluster();
    port = await cluster.freePort();
    house = await openHouse(cluster);
  });
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  const ask = async (path = '/'): Promise<string> => {
    const { port: at } = await house.gateway();
    return (await get({ host: 'shop.localhost', port: at, path })).body;
  };

  it('deploys, and the gateway serves from the pods', async () => {
    expect(await house.outcome(await house.deploy(manifest(port)))).toMatchObject({ outcome: 'succeeded' });
    expect(await ask()).toBe('one');
    expect(cluster.pods()).toHaveLength(2);
    const names = cluster.pods().map(({ metadata }) => metadata.name);
    expect((await house.service('web')).instances.map(({ id }) => id).toSorted()).toEqual(names.toSorted());
  });

  it.each(['Pod', 'Deployment'])('is told by doctor where a %s may not be listed', async (forbidden) => {
    const doctor = async () => {
      const { findings } = await house.call<{ findings: readonly { subject: string }[] }>('system.doctor');
      return findings.find(({ subject }) => subject === 'runtime kubernetes');
    };
    expect(await doctor()).toMatchObject({ state: 'ok' });
    cluster.api.options.admit = ({ method, kind }) =>
      method === 'GET' && kind.kind === forbidden
        ? new Status(403, 'Forbidden', `User "me" cannot list resource of ${forbidden}`)
        : undefined;
    const said = await doctor();
    cluster.api.options.admit = () => undefined;
    expect(said).toMatchObject({
      state: 'limited',
      message: expect.stringContaining('cannot list'),
      hint: expect.stringContaining('auth can-i'),
    });
  });

  it('ships another release under load without a failed request', async () => {
    cluster.images.set('registry.test/web:2', image('two', { LINGER: '1500' }));
    const { port: at } = await house.gateway();
    const seen = new Map<string, number>();
    const done = new AbortController();
    const caller = async (): Promise<void> => {
      while (!done.signal.aborted) {
        const { status, body } = await get({ host: 'shop.localhost', port: at, path: '/slow?ms=20' });
        const what = status === 200 ? body : `${status} ${body}`;
        seen.set(what, (seen.get(what) ?? 0) + 1);
      }
    };
    const callers = [caller(), caller(), caller()];
    const deployed = await house.outcome(await house.deploy(manifest(port, { image: 'registry.test/web:2' })));
    await until(
      () => seen.get('two') ?? 0,
      (count) => count > 5,
    );
    done.abort();
    await Promise.all(callers);
    expect(deployed).toMatchObject({ outcome: 'succeeded' });
    expect([...seen.keys()].toSorted()).toEqual(['one', 'two']);
    // The old release goes with all that was made for it.
    await until(
      () => cluster.api.objects.list('Deployment').length,
      (count) => count === 1,
    );
    expect(cluster.api.objects.list('ConfigMap')).toHaveLength(1);
  });

  it('heals: the cluster restarts what crashed, and replaces what was deleted', async () => {
    const [first, second] = cluster.pods().map(({ metadata }) => metadata.name);
    process.kill(cluster.life(first ?? '')?.pid ?? 0, 'SIGKILL');
    cluster.api.endPod(second ?? '');
    const restarts = (): number | undefined => {
      const status = cluster.api.objects.get('Pod', first ?? '')?.['status'] as
        | { containerStatuses?: { restartCount: number }[] }
        | undefined;
      return status?.containerStatuses?.[0]?.restartCount;
    };
    const isBack = async () => {
      const { ready, instances } = await house.service('web');
      return ready === 2 && restarts() === 1 && !instances.some((one) => one.id === second);
    };
    await until(isBack, (back) => back, undefined, 100);
    expect(await ask()).toBe('two');
  });

  it('scales both ways, and puts right what somebody else has set', async () => {
    const scale = async (replicas: number) => {
      const plan = await house.call<{ plan_id: string }>('change.scale_plan', {
        application: 'shop',
        environment: 'test',
        replicas: { web: replicas },
      });
      return house.outcome(await house.call('change.apply', { plan_id: plan.plan_id }));
    };
    expect(await scale(4)).toMatchObject({ outcome: 'succeeded' });
    expect((await house.service('web')).ready).toBe(4);
    const [deployment] = cluster.api.objects.list('Deployment');
    cluster.api.objects.update('Deployment', deployment?.metadata.name ?? '', (copy) => {
      copy['spec'] = { ...(copy['spec'] as object), replicas: 1 };
    });
    await until(
      () => cluster.pods().filter((one) => one.metadata.deletionTimestamp === undefined).length,
      (count) => count === 4,
    );
    expect(await scale(1)).toMatchObject({ outcome: 'succeeded' });
    await until(
      () => cluster.pods().length,
      (count) => count === 1,
    );
    expect(await ask()).toBe('two');
  });

  it('serves while its nodes are emptied one after the other: the budget lets no second pod go before the first is replaced', async () => {
    const scale = await house.call<{ plan_id: string }>('change.scale_plan', {
      application: 'shop',
      environment: 'test',
      replicas: { web: 2 },
    });
    expect(await house.outcome(await house.call('change.apply', { plan_id: scale.plan_id }))).toMatchObject({ outcome: 'succeeded' });
    const evict = async (pod: string): Promise<number> => {
      const path = `/api/v1/namespaces/shop/pods/${pod}/eviction`;
      return (await fetch(`${cluster.server}${path}`, { method: 'POST', body: '{}' })).status;
    };
    const staying = cluster.pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const [first = '', second = ''] = staying.map(({ metadata }) => metadata.name);
    const { port: at } = await house.gateway();
    const seen = new Set<string>();
    const done = new AbortController();
    const caller = (async () => {
      while (!done.signal.aborted) {
        const { status, body } = await get({ host: 'shop.localhost', port: at, path: '/slow?ms=5' });
        seen.add(status === 200 ? body : `${status} ${body}`);
      }
    })();
    // At once: a moment later the first may be replaced already.
    const asked = await Promise.all([evict(first), evict(second)]);
    expect(asked.toSorted()).toEqual([201, 429]);
    const refused = asked[0] === 429 ? first : second;
    // As kubectl drain does: asked again until it may.
    const answers = new Set<number>();
    await until(
      async () => {
        const status = await evict(refused);
        answers.add(status);
        return status;
      },
      (status) => status === 201,
      undefined,
      50,
    );
    expect([...answers].every((one) => one === 201 || one === 429)).toBe(true);
    await until(
      async () => ({ names: cluster.pods().map(({ metadata }) => metadata.name), ready: (await house.service('web')).ready }),
      ({ names, ready }) => ready === 2 && !names.includes(first) && !names.includes(second),
      undefined,
      50,
    );
    done.abort();
    await caller;
    expect([...seen]).toEqual(['two']);
  });

  it('goes back when the new release crashes, and says what its container said', async () => {
    cluster.images.set('registry.test/web:3', image('three', { CRASH: '7' }));
    const ended = await house.outcome(await house.deploy(manifest(port, { image: 'registry.test/web:3' })));
    expect(ended).toMatchObject({
      outcome: 'rolled_back',
      reason: expect.stringContaining('exited with code 7'),
      last_log: ['three begins'],
    });
    expect(await ask()).toBe('two');
  });

  it('goes back when the image cannot be pulled, in the words of the cluster', async () => {
    const probe = { path: '/healthz', interval: '1s', deadline: '2s' };
    const ended = await house.outcome(await house.deploy(manifest(port, { image: 'registry.test/web:none', probe })));
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringMatching(/ErrImagePull|ImagePullBackOff/) });
    expect(await ask()).toBe('two');
  });

  it('goes on serving while the daemon is dead, and takes everything up again', async () => {
    const before = cluster.pods().map(({ metadata }) => metadata.uid);
    const { port: at } = await house.gateway();
    await house.crash();
    expect((await get({ host: 'shop.localhost', port: at, path: '/' })).body).toBe('two');
    await house.up();
    await until(
      async () => (await house.service('web')).ready,
      (ready) => ready === 2,
    );
    expect(cluster.pods().map(({ metadata }) => metadata.uid)).toEqual(before);
  });

  it('says in a plan which secret was changed after the pods were started', async () => {
    const wished = { image: 'registry.test/web:2', secrets: ['PASSWORD'] };
    const set = (value: string) => house.call('secrets.set', { application: 'shop', environment: 'test', name: 'PASSWORD', value });
    await set('one');
    expect(await house.outcome(await house.deploy(manifest(port, wished)))).toMatchObject({ outcome: 'succeeded' });
    await set('two');
    const plan = await house.call<{ warnings: readonly string[] }>('change.restart_plan', { application: 'shop', environment: 'test' });
    expect(plan.warnings).toEqual([]);
    const { warnings } = await house.plan(manifest(port, wished));
    expect(warnings).toContainEqual(expect.stringContaining('PASSWORD was changed after instances were started'));
  });

  it('asks for nothing of a Gateway API that no setting names', () => {
    expect(cluster.api.asked.filter((one) => one.includes('httproutes'))).toEqual([]);
  });

  it('leaves nothing behind when it is removed', async () => {
    const plan = await house.call<{ plan_id: string }>('change.remove_plan', { application: 'shop', environment: 'test' });
    expect(await house.outcome(await house.call('change.apply', { plan_id: plan.plan_id }))).toMatchObject({ outcome: 'succeeded' });
    const kinds = ['Deployment', 'ReplicaSet', 'Pod', 'ConfigMap', 'Service', 'PodDisruptionBudget', 'NetworkPolicy'];
    await until(
      () => kinds.flatMap((kind) => cluster.api.objects.list(kind).map((one) => `${kind} ${one.metadata.name}`)),
      (left) => left.length === 0,
    );
  });
});
