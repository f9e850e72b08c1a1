// The disk of the Engine is full: who builds or fetches is told so with the next step, what serves goes on, and with room again it works.
import { mkdir, open, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { Dockerd } from '../lab/dockerd.ts';
import { program, programImage } from '../lab/images.ts';
import { login, Registry, whyNoRegistry } from '../lab/registry.ts';
import { engine, image, makeImage, manifest, noEngine, onDocker, openHouse } from './kit.ts';

const refused = { outcome: 'rolled_back', reason: expect.stringMatching(/disk of the Docker Engine is full.*docker system df/) };
const noRegistry = noEngine ? undefined : await whyNoRegistry();

const mega = 2 ** 20;

describe.skipIf(noEngine)(onDocker, () => {
  let docker: Dockerd;
  let house: House;
  /** Where its logins to registries are. */
  const logins = () => join(docker.directory, 'logins.json');

  beforeAll(async () => {
    docker = await Dockerd.open([], { disk: 700 });
    await makeImage(docker);
    await writeFile(logins(), '{}');
    house = await openHouse(docker, { docker_config: logins() });
  });
  afterAll(async () => {
    await house[Symbol.asyncDispose]();
    await docker[Symbol.asyncDispose]();
  });

  /** Takes all but so many bytes. */
  const fill = async (but: number): Promise<string> => {
    const path = join(docker.data, 'ballast');
    const { bavail, bsize } = await statfs(docker.data);
    const file = await open(path, 'w');
    const chunk = Buffer.alloc(mega);
    for (let left = bavail * bsize - but; left > 0; left -= mega) await file.write(chunk, 0, Math.min(mega, left));
    await file.close();
    return path;
  };
  const build = async (application: string, version: string) => {
    const directory = join(house.root, application, version);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'Dockerfile'), `FROM ${image}\nENV VERSION=${version}\nCOPY large /large\n`);
    await writeFile(join(directory, 'large'), Buffer.alloc(32 * mega, version));
    const shipped = await house.deploy(manifest(application, { image: undefined, build: '.' }), { web: directory });
    return house.outcome(shipped);
  };

  test('a build fails and says why, the live version serves on, and with room again the same is built', async () => {
    expect(await house.outcome(await house.deploy(manifest('full', { env: { VERSION: 'v1' } })))).toMatchObject({ outcome: 'succeeded' });
    const ballast = await fill(4 * mega);
    const { outcome, reason } = await build('full', 'v2');
    expect({ outcome, reason }).toEqual(refused);
    const { port } = await house.gateway();
    expect((await get({ host: 'full.localhost', port, path: '/' })).body).toBe('v1');
    await rm(ballast);
    expect(await build('full', 'v2')).toMatchObject({ outcome: 'succeeded' });
    expect((await get({ host: 'full.localhost', port, path: '/' })).body).toBe('v2');
  });

  /** In the registry only. */
  const push = async (registry: Registry): Promise<string> => {
    const reference = `${registry.name}/shop/web:v2`;
    await programImage(engine(), reference, program, ['EXPOSE 8080', 'ENV VERSION=v2']);
    await engine().push(reference, login);
    await engine().send('DELETE', `/images/${reference}?force=1`);
    const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    await writeFile(logins(), JSON.stringify({ auths: { [registry.name]: { auth } } }));
    return reference;
  };

  const why = noRegistry === undefined ? '' : ` (skipped: ${noRegistry})`;
  test.skipIf(noRegistry !== undefined)(`a pull fails and says why, and with room again the same is fetched${why}`, async () => {
    const ship = async (wished: Readonly<Record<string, unknown>>) => house.outcome(await house.deploy(manifest('fetched', wished)));
    expect(await ship({ env: { VERSION: 'v1' } })).toMatchObject({ outcome: 'succeeded' });
    await using registry = await Registry.open();
    const reference = await push(registry);
    const ballast = await fill(4 * mega);
    const { outcome, reason } = await ship({ image: reference });
    expect({ outcome, reason }).toEqual(refused);
    const { port } = await house.gateway();
    expect((await get({ host: 'fetched.localhost', port, path: '/' })).body).toBe('v1');
    await rm(ballast);
    expect(await ship({ image: reference })).toMatchObject({ outcome: 'succeeded' });
    expect((await get({ host: 'fetched.localhost', port, path: '/' })).body).toBe('v2');
  });
});
