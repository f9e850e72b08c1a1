// A Swarm of three nodes: instances spread over them, are reached on each, and are replaced where a node is lost or drained.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse } from '../docker/kit.ts';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import type { Dockerd } from '../lab/dockerd.ts';
import type { Registry } from '../lab/mirror.ts';
import { openRegistry } from '../lab/mirror.ts';
import type { LabNode } from '../lab/nodes.ts';
import { NodeLab } from '../lab/nodes.ts';
import { closeSwarm, image, manifest, noSwarm, onSwarm, openSwarm, servicesOf } from './kit.ts';

describe.skipIf(noSwarm)(onSwarm, () => {
  let lab: NodeLab;
  let manager: Dockerd;
  let workers: readonly LabNode[];
  let registry: Registry;
  let house: House;

  beforeAll(async () => {
    lab = await NodeLab.open();
    const insecure = ['--insecure-registry', lab.network];
    manager = await openSwarm(lab.address, insecure);
    registry = await openRegistry(lab.address, await manager.bytes(`/images/${image}/get`));
    workers = [await lab.node(insecure), await lab.node(insecure)];
    for (const worker of workers) await join(worker);
    house = await openHouse(manager);
  });

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    for (const { engine } of workers ?? []) await engine.send('POST', '/swarm/leave?force=1').catch(() => undefined);
    if (manager) await closeSwarm(manager);
    await registry?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  async function join({ engine, address }: LabNode): Promise<void> {
    const [{ JoinTokens: tokens }, { Swarm: state }] = await Promise.all([
      manager.json<{ readonly JoinTokens: { readonly Worker: string } }>('/swarm'),
      manager.json<{ readonly Swarm: { readonly RemoteManagers: readonly { readonly Addr: string }[] } }>('/info'),
    ]);
    const JoinToken = tokens.Worker;
    const RemoteAddrs = state.RemoteManagers.map(({ Addr }) => Addr);
    await engine.send('POST', '/swarm/join', { ListenAddr: `${address}:2377`, AdvertiseAddr: address, RemoteAddrs, JoinToken });
  }

  async function ship(application: string, wished: object): Promise<void> {
    const { outcome, reason, last_log } = await house.outcome(
      await house.deploy(manifest(application, { image: registry.reference, ...wished })),
    );
    expect({ outcome, reason, last_log }).toMatchObject({ outcome: 'succeeded' });
  }

  const placesOf = async (application: string) => {
    const { instances, ready } = await house.service('web', application);
    const seen = instances as readonly ((typeof instances)[number] & { readonly node?: string })[];
    return { ready, nodes: seen.filter((one) => one.ready).map(({ node }) => node ?? '') };
  };

  test('spreads instances over its nodes, and each of them answers through the gateway', async () => {
    await ship('spread', { replicas: 3 });
    expect(new Set((await placesOf('spread')).nodes).size).toBe(3);
    const { port } = await house.gateway();
    const answered = await until(
      async () => {
        const answers = await Promise.all(Array.from({ length: 12 }, () => get({ host: 'spread.localhost', port, path: '/' })));
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
        return new Set(answers.map(({ headers }) => headers['x-instance']));
      },
      (seen) => seen.size === 3,
    );
    expect(answered.size).toBe(3);
  });

  test('O-01 what was lost with a node is replaced elsewhere, not doubled when the node is back, and the node is used again', async () => {
    await ship('lost', { replicas: 3 });
    const [worker] = workers;
    if (!worker) throw new Error('there is no worker');
    await worker.plug(false);
    await until(
      () => placesOf('lost'),
      ({ ready, nodes }) => ready === 3 && !nodes.includes(worker.name),
    );
    const { port } = await house.gateway();
    expect((await get({ host: 'lost.localhost', port, path: '/' })).status).toBe(200);
    const { environments } = await house.call<{ environments: readonly { drift: readonly { message: string }[] }[] }>('apps.status', {
      application: 'lost',
    });
    const told = environments.flatMap(({ drift }) => drift.map(({ message }) => message));
    expect(told).toContainEqual(expect.stringContaining(`was lost with its node ${worker.name}`));
    await worker.plug(true);
    await until(
      () => manager.json<readonly { readonly Status: { readonly State: string } }[]>('/nodes'),
      (all) => all.every(({ Status }) => Status.State === 'ready'),
    );
    await ship('back', { replicas: 3 });
    expect((await placesOf('back')).nodes).toContain(worker.name);
    // What the node ran while it was away is told to end, and nobody is routed to it.
    await until(
      () => servicesOf(manager, 'lost'),
      (left) => left.length === 3,
    );
    const { instances, ready } = await house.service('web', 'lost');
    expect([ready, instances.length]).toEqual([3, 3]);
  });

  test('moves what a drained node has to others', async () => {
    await ship('drain', { replicas: 3 });
    const [, worker] = workers;
    const all = await manager.json<readonly ListedNode[]>('/nodes');
    const node = all.find(({ Description }) => Description.Hostname === worker?.name);
    if (!node) throw new Error('the worker is no node');
    const set = async (Availability: string) => {
      const { Version, Spec } = await manager.json<ListedNode>(`/nodes/${node.ID}`);
      await manager.send('POST', `/nodes/${node.ID}/update?version=${Version.Index}`, { ...Spec, Availability });
    };
    await set('drain');
    await until(
      () => placesOf('drain'),
      ({ ready, nodes }) => ready === 3 && !nodes.includes(worker?.name ?? ''),
    );
    await set('active');
  });
});

interface ListedNode {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: Readonly<Record<string, unknown>>;
  readonly Description: { readonly Hostname: string };
}
