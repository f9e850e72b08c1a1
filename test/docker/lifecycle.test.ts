// The path from a manifest to containers and back: shipped, replaced, adopted, healed, removed; and nothing of anyone else's touched.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import type { Dockerd } from '../lab/dockerd.ts';
import { containers, image, networks, noEngine, onDocker, withHouse } from './kit.ts';

describe.skipIf(noEngine)(onDocker, () => {
  const at = withHouse();
  const { docker } = at;
  let stranger: string;

  beforeAll(async () => {
    stranger = await aStranger(docker);
  });

  afterAll(() => docker.send('DELETE', `/containers/${stranger}?force=1`));

  test('ships an image, ships another version while requests come, and none of them fails', async () => {
    await at.ship('ship', { env: { VERSION: 'v1' }, replicas: 2 });
    const users = new Users(at.house, 'ship.localhost');
    const began = users.begin();
    await at.ship('ship', { env: { VERSION: 'v2' }, replicas: 2 });
    users.end();
    const seen = await began;
    expect(seen.failed).toEqual([]);
    expect(new Set(seen.bodies)).toEqual(new Set(['v1', 'v2']));
    expect(seen.bodies.at(-1)).toBe('v2');
  });

  test('adopts its containers after the daemon was killed: the same ones serve on', async () => {
    await at.ship('adopt', { replicas: 2 });
    const before = (await at.house.service('web', 'adopt')).instances.map(({ id }) => id);
    await at.house.crash();
    expect((await containers(docker)).filter(({ Labels }) => Labels['codectl.application'] === 'adopt').map(({ State }) => State)).toEqual([
      'running',
      'running',
    ]);
    await at.house.up();
    const after = await until(
      () => at.house.service('web', 'adopt'),
      ({ ready }) => ready === 2,
    );
    expect(after.instances.map(({ id }) => id).sort()).toEqual(before.toSorted());
  });

  test('replaces a container that ends by itself', async () => {
    await at.ship('heal');
    const [first] = (await at.house.service('web', 'heal')).instances;
    const { port } = await at.house.gateway();
    await get({ host: 'heal.localhost', port, path: '/exit?code=7' }).catch(() => undefined);
    await until(
      () => at.house.service('web', 'heal'),
      ({ ready, instances }) => ready === 1 && instances.some(({ id, ready: fit }) => fit && id !== first?.id),
    );
  });

  test('removes what it made – containers and network – and leaves what it did not make', async () => {
    await at.ship('gone');
    expect(await networks(docker)).toContainEqual(expect.stringMatching(/\.gone\.test$/));
    const plan = await at.house.call<{ plan_id: string }>('change.remove_plan', { application: 'gone', environment: 'test' });
    await at.house.outcome(await at.house.call('change.apply', { plan_id: plan.plan_id }));
    await until(
      () => networks(docker),
      (names) => !names.some((name) => name.endsWith('.gone.test')),
    );
    const left = await containers(docker);
    expect(left.filter(({ Labels }) => Labels['codectl.application'] === 'gone')).toEqual([]);
    expect(left.find(({ Id }) => Id === stranger)?.State).toBe('created');
  });
});

/** A container that is none of ours, though it looks like one. */
async function aStranger(docker: Dockerd): Promise<string> {
  const json = { Image: image, Labels: { 'codectl.home': 'somebody-else', 'codectl.instance': 'web-000000-00000' } };
  const { Id } = JSON.parse(await docker.send('POST', '/containers/create?name=a-stranger', json)) as { readonly Id: string };
  return Id;
}

/** One after the other, until it is said that it is enough. */
class Users {
  readonly #house: House;
  readonly #host: string;
  #enough = false;

  constructor(house: House, host: string) {
    this.#house = house;
    this.#host = host;
  }

  async begin(): Promise<{ readonly bodies: readonly string[]; readonly failed: readonly unknown[] }> {
    const { port } = await this.#house.gateway();
    const bodies: string[] = [];
    const failed: unknown[] = [];
    while (!this.#enough) {
      const answer = await get({ host: this.#host, port, path: '/' }).catch((error: unknown) => ({ status: 0, body: String(error) }));
      if (answer.status === 200) bodies.push(answer.body);
      else failed.push(answer);
    }
    return { bodies, failed };
  }

  end(): void {
    this.#enough = true;
  }
}
