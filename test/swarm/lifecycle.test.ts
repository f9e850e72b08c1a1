// The path from a manifest to services of a Swarm and back: shipped, replaced, adopted, healed, removed; and nothing of anyone else's touched.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import { image, noSwarm, onSwarm, overlays, services, servicesOf, withSwarm } from './kit.ts';

interface Told {
  readonly subject: string;
  readonly message: string;
}

describe.skipIf(noSwarm)(onSwarm, () => {
  const at = withSwarm();
  let stranger: string;

  /** Looks like one of ours, and is of another home. */
  beforeAll(async () => {
    const { ID } = JSON.parse(
      await at.engine.send('POST', '/services/create', {
        Name: 'a-stranger',
        Labels: { 'codectl.home': 'somebody-else', 'codectl.instance': 'web-000000-00000' },
        TaskTemplate: { ContainerSpec: { Image: image }, RestartPolicy: { Condition: 'none' } },
        Mode: { Replicated: { Replicas: 0 } },
      }),
    ) as { readonly ID: string };
    stranger = ID;
  });
  afterAll(() => at.engine.send('DELETE', `/services/${stranger}`));

  test('ships an image, ships another version while requests are open, and none of them fails', async () => {
    await at.ship('ship', { env: { VERSION: 'v1' }, replicas: 2 });
    const users = new Users((await at.house.gateway()).port, 'ship.localhost');
    const began = users.begin(4);
    await at.ship('ship', { env: { VERSION: 'v2' }, replicas: 2 });
    users.end();
    const seen = await began;
    expect(seen.failed).toEqual([]);
    expect(new Set(seen.bodies)).toEqual(new Set(['v1 to the end', 'v2 to the end']));
    expect((await at.ask('ship', '/')).body).toBe('v2');
  });

  test('makes a smaller size of those that nobody asks any more, and no open request ends', async () => {
    await at.ship('shrink', { env: { VERSION: 'v1' }, replicas: 3 });
    const users = new Users((await at.house.gateway()).port, 'shrink.localhost');
    const began = users.begin(6);
    await at.ship('shrink', { env: { VERSION: 'v1' }, replicas: 1 });
    await until(
      () => servicesOf(at.engine, 'shrink'),
      (left) => left.length === 1,
    );
    users.end();
    expect((await began).failed).toEqual([]);
  });

  test('adopts its services after the daemon was killed: the same ones serve on', async () => {
    await at.ship('adopt', { replicas: 2 });
    const before = (await at.house.service('web', 'adopt')).instances.map(({ id }) => id);
    const { port } = await at.house.gateway();
    await at.house.crash();
    expect((await get({ host: 'adopt.localhost', port, path: '/' })).status).toBe(200);
    await at.house.up();
    const after = await until(
      () => at.house.service('web', 'adopt'),
      ({ ready }) => ready === 2,
    );
    expect(after.instances.map(({ id }) => id).sort()).toEqual(before.toSorted());
    expect(await servicesOf(at.engine, 'adopt')).toHaveLength(2);
  });

  test('replaces an instance whose container was killed, and says how it ended', async () => {
    await at.ship('heal');
    const [first] = (await at.house.service('web', 'heal')).instances;
    const filters = encodeURIComponent(JSON.stringify({ label: [`codectl.instance=${first?.id}`] }));
    const [container] = await at.engine.json<readonly { readonly Id: string }[]>(`/containers/json?filters=${filters}`);
    await at.engine.send('POST', `/containers/${container?.Id}/kill`);
    await until(
      () => at.house.service('web', 'heal'),
      ({ ready, instances }) => ready === 1 && instances.some(({ id, ready: fit }) => fit && id !== first?.id),
    );
    const { environments } = await at.house.call<{ environments: readonly { drift: readonly Told[] }[] }>('apps.status', {
      application: 'heal',
    });
    const told = environments.flatMap(({ drift }) => drift).find(({ subject }) => subject === first?.id);
    expect(told?.message).toContain('was killed by SIGKILL');
  });

  test('removes what it made – services and network – and leaves what it did not make', async () => {
    await at.ship('gone');
    expect(await overlays(at.engine)).toContainEqual(expect.stringMatching(/_gone_test$/));
    const plan = await at.house.call<{ plan_id: string }>('change.remove_plan', { application: 'gone', environment: 'test' });
    await at.house.outcome(await at.house.call('change.apply', { plan_id: plan.plan_id }));
    await until(
      () => overlays(at.engine),
      (names) => !names.some((name) => name.endsWith('_gone_test')),
    );
    expect(await servicesOf(at.engine, 'gone')).toEqual([]);
    expect((await services(at.engine)).map(({ ID }) => ID)).toContain(stranger);
  });
});

/** Each asks one slow request after the other, until it is said that it is enough. */
class Users {
  readonly #port: number;
  readonly #host: string;
  #enough = false;

  constructor(port: number, host: string) {
    this.#port = port;
    this.#host = host;
  }

  async begin(count: number): Promise<{ readonly bodies: readonly string[]; readonly failed: readonly unknown[] }> {
    const bodies: string[] = [];
    const failed: unknown[] = [];
    const one = async (): Promise<void> => {
      while (!this.#enough) {
        const answer = await get({ host: this.#host, port: this.#port, path: '/slow?ms=300' }).catch((error: unknown) => ({
          status: 0,
          body: String(error),
        }));
        if (answer.status === 200 && answer.body.endsWith('to the end')) bodies.push(answer.body);
        else failed.push(answer);
      }
    };
    await Promise.all(Array.from({ length: count }, one));
    return { bodies, failed };
  }

  end(): void {
    this.#enough = true;
  }
}
