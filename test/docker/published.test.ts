// Containers that are reached at ports of the Engine's machine: the Engine chooses those, and nobody who has one loses it.
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import { containers, engine, image, makeImage, manifest, noEngine, onDocker, openHouse } from './kit.ts';

interface Listed {
  readonly Ports: readonly { readonly PublicPort?: number; readonly IP?: string }[];
}

describe.skipIf(noEngine)(onDocker, () => {
  const docker = engine();
  let house: House;
  beforeAll(async () => {
    await makeImage(docker);
    house = await openHouse(docker, { docker_reach: 'published' });
  });
  afterAll(() => house[Symbol.asyncDispose]());

  const published = async (id: string): Promise<number> => {
    const all = await docker.json<readonly (Listed & { readonly Id: string })[]>('/containers/json');
    return all.find((one) => one.Id === id)?.Ports.find((one) => one.PublicPort !== undefined)?.PublicPort ?? 0;
  };
  const ofOurs = async (application: string): Promise<number> =>
    published((await containers(docker)).find(({ Labels }) => Labels['codectl.application'] === application)?.Id ?? '');
  /** A container that is none of ours, with a port of this machine that the Engine chose. */
  const aStranger = async (name: string): Promise<string> => {
    await docker.send('POST', '/networks/create', { Name: name });
    const bindings = { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] };
    const json = {
      Image: image,
      ExposedPorts: { '8080/tcp': {} },
      Env: [`VERSION=${name}`],
      HostConfig: { NetworkMode: name, PortBindings: bindings },
    };
    const { Id } = JSON.parse(await docker.send('POST', `/containers/create?name=${name}`, json)) as { readonly Id: string };
    await docker.send('POST', `/containers/${Id}/start`);
    return Id;
  };
  const ship = async (application: string, version: string) =>
    house.outcome(await house.deploy(manifest(application, { env: { VERSION: version } })));

  test('the ports that the Engine would give next are taken, by a container and by a program: ours gets another, and both keep theirs', async () => {
    expect(await ship('published', 'v1')).toMatchObject({ outcome: 'succeeded' });
    expect(await ofOurs('published')).toBeGreaterThan(0);
    const stranger = await aStranger('stranger');
    const theirs = await published(stranger);
    const program = createServer();
    // Who has it already is as good.
    const next = await new Promise<number>((resolve) =>
      program.once('error', () => resolve(0)).listen(theirs + 1, '127.0.0.1', () => resolve(theirs + 1)),
    );
    try {
      expect(await ship('published', 'v2')).toMatchObject({ outcome: 'succeeded' });
      expect((await get({ host: 'published.localhost', port: (await house.gateway()).port, path: '/' })).body).toBe('v2');
      expect([theirs, theirs + 1]).not.toContain(await ofOurs('published'));
      expect(await published(stranger)).toBe(theirs);
      expect(program.listening).toBe(next > 0);
      const asked = await until(
        () => get({ host: 'stranger', port: theirs, path: '/' }).catch(() => undefined),
        (answer) => answer !== undefined,
      );
      expect(asked?.body).toBe('stranger');
    } finally {
      program.close();
      await docker.send('DELETE', `/containers/${stranger}?force=1`);
      await docker.send('DELETE', '/networks/stranger');
    }
  });
});
