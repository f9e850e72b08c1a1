// A Swarm of five nodes: instances spread over them, are reached on each, stay where the manifest wants them, and are replaced where a node is lost or drained.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse } from '../docker/kit.ts';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import { program, programImage } from '../lab/images.ts';
import { SwarmLab } from '../lab/lab.ts';
import { login, Registry, whyNoRegistry } from '../lab/registry.ts';
import { manifest, noSwarm, onSwarm, servicesOf } from './kit.ts';

const noRegistry = noSwarm ? undefined : await whyNoRegistry();
const nodes = 5;

describe.skipIf(noSwarm)(onSwarm, () => {
  let lab: SwarmLab;
  let house: House;
  let logins: string;

  beforeAll(async () => {
    lab = await SwarmLab.open();
    await lab.grow(nodes);
    logins = join(lab.manager.directory, 'logins.json');
    await writeFile(logins, '{}');
    house = await openHouse(lab.manager, { docker_config: logins });
  });

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  const deploy = async (application: string, wished: object) =>
    house.outcome(await house.deploy(manifest(application, { image: lab.image, ...wished })));

  async function ship(application: string, wished: object): Promise<void> {
    const { outcome, reason, last_log } = await deploy(application, wished);
    expect({ outcome, reason, last_log }).toMatchObject({ outcome: 'succeeded' });
  }

  const placesOf = async (application: string) => {
    const { instances, ready } = await house.service('web', application);
    const seen = instances as readonly ((typeof instances)[number] & { readonly node?: string })[];
    return { ready, nodes: seen.filter((one) => one.ready).map(({ node }) => node ?? '') };
  };

  const worker = (index: number) => {
    const found = lab.workers[index];
    if (!found) throw new Error(`there is no worker ${index}`);
    return found;
  };

  test('spreads instances over its nodes, and each of them answers through the gateway', async () => {
    await ship('spread', { replicas: nodes });
    expect(new Set((await placesOf('spread')).nodes).size).toBe(nodes);
    const { port } = await house.gateway();
    const answered = await until(
      async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => get({ host: 'spread.localhost', port, path: '/' })));
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
        return new Set(answers.map(({ headers }) => headers['x-instance']));
      },
      (seen) => seen.size === nodes,
    );
    expect(answered.size).toBe(nodes);
  });

  test('keeps them on nodes with the labels that the manifest wants, and says so where there is none', async () => {
    const [first, second] = [worker(0), worker(1)];
    for (const { name } of [first, second]) await lab.label(name, { disk: 'ssd' });
    await ship('placed', { replicas: 4, placement: { nodes: { disk: 'ssd' } } });
    const { nodes: placed } = await placesOf('placed');
    expect(placed).toHaveLength(4);
    expect(new Set(placed)).toEqual(new Set([first.name, second.name]));
    const { outcome, reason } = await deploy('nowhere', { placement: { nodes: { disk: 'tape' } }, probe: { path: '/', deadline: '180s' } });
    expect({ outcome, reason }).toEqual({ outcome: 'failed', reason: expect.stringContaining('scheduling constraints not satisfied') });
  });

  test.skipIf(noRegistry !== undefined)(
    `hands nodes the login to the registry of their image${noRegistry === undefined ? '' : ` (skipped: ${noRegistry})`}`,
    async () => {
      await using registry = await Registry.open(lab.net.address);
      const image = `${registry.name}/shop/web:1`;
      await programImage(lab.manager, image, program, ['EXPOSE 8080']);
      await lab.manager.push(image, login);
      const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
      await writeFile(logins, JSON.stringify({ auths: { [registry.name]: { auth } } }));
      for (const { name } of lab.workers) await lab.label(name, { only: name });
      const one = {
        image,
        port: 8080,
        probe: { path: '/', interval: '200ms', deadline: '120s' },
        strategy: { kind: 'rolling', bake: '100ms' },
      };
      const services = Object.fromEntries(lab.workers.map(({ name }) => [name, { ...one, placement: { nodes: { only: name } } }]));
      const text = JSON.stringify({ application: 'private', services, environments: { test: { runtime: 'swarm' } } });
      const { outcome, reason } = await house.outcome(await house.deploy(text));
      expect({ outcome, reason }).toMatchObject({ outcome: 'succeeded' });
      // Each worker had to fetch it, and none could have without.
      for (const { engine } of lab.workers) {
        const had = await engine.json<readonly { readonly RepoDigests: readonly string[] | null }[]>('/images/json');
        expect(had.flatMap(({ RepoDigests }) => RepoDigests ?? [])).toContainEqual(expect.stringContaining(`${registry.name}/shop/web@`));
      }
      expect(
        (await get({ host: registry.name, address: lab.net.address, port: registry.port, path: '/v2/shop/web/tags/list' })).status,
      ).toBe(401);
      expect(house.log).not.toContain(login.password);
    },
  );

  /** Containers that the Swarm has for an application; a service whose task has ended may be kept for a look. */
  async function runningOf(application: string): Promise<number> {
    const ids = new Set((await servicesOf(lab.manager, application)).map(({ ID }) => ID));
    const tasks = await lab.manager.json<readonly { readonly ServiceID: string; readonly Status: { readonly State: string } }[]>('/tasks');
    return tasks.filter(({ ServiceID, Status }) => ids.has(ServiceID) && Status.State === 'running').length;
  }

  test('O-01 what was lost with a node is replaced elsewhere, not doubled when the node is back, and the node is used again', async () => {
    await ship('lost', { replicas: nodes });
    const gone = worker(2);
    await gone.plug(false);
    await until(
      () => placesOf('lost'),
      ({ ready, nodes: on }) => ready === nodes && !on.includes(gone.name),
    );
    const { port } = await house.gateway();
    expect((await get({ host: 'lost.localhost', port, path: '/' })).status).toBe(200);
    const { environments } = await house.call<{ environments: readonly { drift: readonly { message: string }[] }[] }>('apps.status', {
      application: 'lost',
    });
    const told = environments.flatMap(({ drift }) => drift.map(({ message }) => message));
    expect(told).toContainEqual(expect.stringContaining(`was lost with its node ${gone.name}`));
    await gone.plug(true);
    await lab.whenIs(gone, 'ready');
    await ship('back', { replicas: nodes });
    expect((await placesOf('back')).nodes).toContain(gone.name);
    // What the node ran while it was away is told to end, and nobody is routed to it.
    await until(
      () => runningOf('lost'),
      (count) => count === nodes,
    );
    const { instances, ready } = await house.service('web', 'lost');
    expect([ready, instances.length]).toEqual([nodes, nodes]);
  });

  test('moves what a drained node has to others', async () => {
    await ship('drain', { replicas: nodes });
    const { name } = worker(3);
    await lab.set(name, { Availability: 'drain' });
    await until(
      () => placesOf('drain'),
      ({ ready, nodes: on }) => ready === nodes && !on.includes(name),
    );
    await lab.set(name, { Availability: 'active' });
  });
});
