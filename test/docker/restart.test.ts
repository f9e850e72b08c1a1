// The Docker Engine is restarted while a deployment goes on: it goes on or fails with a reason, nothing is left over, and nothing of others is touched.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import { Dockerd } from '../lab/dockerd.ts';
import { containers, image, makeImage, manifest, networks, noEngine, onDocker, openHouse } from './kit.ts';

describe.skipIf(noEngine)(onDocker, () => {
  let docker: Dockerd;
  let house: House;
  let stranger: string;

  beforeAll(async () => {
    docker = await Dockerd.open();
    await makeImage(docker);
    house = await openHouse(docker);
    const json = { Image: image, Labels: { 'codectl.home': 'somebody-else', 'codectl.instance': 'web-000000-00000' } };
    stranger = (JSON.parse(await docker.send('POST', '/containers/create?name=a-stranger', json)) as { readonly Id: string }).Id;
  });
  afterAll(async () => {
    await house[Symbol.asyncDispose]();
    await docker[Symbol.asyncDispose]();
  });

  const start = (application: string, version: string, bake: string) =>
    house.deploy(manifest(application, { replicas: 2, env: { VERSION: version }, strategy: { kind: 'rolling', bake } }));
  const stage = (deployment: { readonly id: string }, wanted: string) =>
    until(
      () => house.call<{ outcome?: string; services: readonly { stage: string }[] }>('deployments.get', { id: deployment.id }),
      ({ outcome, services }) => outcome !== undefined || services[0]?.stage === wanted,
    );
  const ofOurs = async (application: string) =>
    (await containers(docker)).filter(({ Labels }) => Labels['codectl.application'] === application);

  test.each([
    ['while the new version starts', 'shifting', '100ms', ['succeeded', 'rolled_back']],
    // Whoever ends while it is watched has the old version back, whatever ended it.
    ['while the new version is watched', 'baking', '10h', ['rolled_back']],
  ])('%s', async (_, when, bake, expected) => {
    const application = `restart-${when}`;
    const first = await house.deploy(manifest(application, { replicas: 2, env: { VERSION: 'v1' } }));
    expect(await house.outcome(first)).toMatchObject({ outcome: 'succeeded' });
    const deployment = await start(application, 'v2', bake);
    await stage(deployment, when);
    await docker.stop();
    await docker.start();
    const { outcome, reason } = await house.outcome(deployment);
    expect(expected).toContain(outcome);
    expect(outcome === 'succeeded' ? undefined : reason).toEqual(outcome === 'succeeded' ? undefined : expect.stringMatching(/\S/));
    const { instances } = await until(
      () => house.service('web', application),
      (seen) => seen.ready === 2 && seen.instances.length === 2,
    );
    const { port } = await house.gateway();
    const { body } = await get({ host: `${application}.localhost`, port, path: '/' });
    expect(body).toBe(outcome === 'succeeded' ? 'v2' : 'v1');
    const left = await until(
      () => ofOurs(application),
      (all) => all.length === 2,
    );
    expect(new Set(left.map(({ Labels }) => Labels['codectl.instance']))).toEqual(new Set(instances.map(({ id }) => id)));
    expect((await networks(docker)).filter((name) => name.endsWith(`.${application}.test`))).toHaveLength(1);
    expect((await containers(docker)).find(({ Id }) => Id === stranger)?.State).toBe('created');
  });
});
