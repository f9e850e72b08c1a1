// Images of a registry that wants a login: fetched and built from with the login of a file, refused without; and a registry that fails after the plan.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeploymentSeen, House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import { program, programImage } from '../lab/images.ts';
import type { Says } from '../lab/refusing.ts';
import { refusingRegistry } from '../lab/refusing.ts';
import { login, Registry, whyNoRegistry } from '../lab/registry.ts';
import { engine, makeImage, manifest, noEngine, onDocker, openHouse } from './kit.ts';

const noRegistry = noEngine ? undefined : await whyNoRegistry();
const name = noRegistry === undefined ? onDocker : `${onDocker} (skipped: ${noRegistry})`;

describe.skipIf(noEngine || noRegistry !== undefined)(name, () => {
  const docker = engine();
  let registry: Registry;
  let house: House;
  let file: string;

  const logIn = (password: string = login.password, at: Registry = registry) =>
    writeFile(file, JSON.stringify({ auths: { [at.name]: { auth: Buffer.from(`${login.username}:${password}`).toString('base64') } } }));

  beforeAll(async () => {
    await makeImage(docker);
    registry = await Registry.open();
    file = join(docker.directory, 'logins.json');
    await logIn();
    house = await openHouse(docker, { docker_config: file });
  });
  afterAll(async () => {
    await house[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  /** An image that only the registry has; its reference. */
  const push = async (version: string, to = registry): Promise<string> => {
    const reference = `${to.name}/shop/web:${version}`;
    await programImage(docker, reference, program, ['EXPOSE 8080', `ENV VERSION=${version}`]);
    await docker.push(reference, login);
    const { Id } = await docker.json<{ readonly Id: string }>(`/images/${reference}/json`);
    await docker.send('DELETE', `/images/${Id}?force=1`);
    expect(await docker.get(`/images/${reference}/json`)).toContain('No such image');
    return reference;
  };
  const plan = (application: string, image: string, at = house) => at.plan(manifest(application, { image }));
  const ship = async (application: string, image: string) =>
    house.outcome(await house.call<DeploymentSeen>('change.apply', { plan_id: (await plan(application, image)).plan_id }));
  const body = async (application: string, at = house) =>
    (await get({ host: `${application}.localhost`, port: (await at.gateway()).port, path: '/' })).body;

  test('with the login of the file its image is planned, fetched and served', async () => {
    expect(await ship('login', await push('login'))).toMatchObject({ outcome: 'succeeded' });
    expect(await body('login')).toBe('login');
  });

  test('a build takes its base from there', async () => {
    const base = await push('base');
    const directory = join(house.root, 'based');
    await mkdir(directory);
    await writeFile(join(directory, 'Dockerfile'), `FROM ${base}\nENV MORE=yes\n`);
    const shipped = await house.deploy(manifest('based', { image: undefined, build: '.' }), { web: directory });
    expect(await house.outcome(shipped)).toMatchObject({ outcome: 'succeeded' });
    expect(await body('based')).toBe('base');
  });

  test('without a login, and with a wrong one, the plan is refused and says what to set, never the password', async () => {
    const image = await push('secret');
    await using stranger = await openHouse(docker);
    await expect(plan('secret', image, stranger)).rejects.toMatchObject({ code: 'denied', hint: expect.stringContaining('docker_config') });
    await logIn('another-word');
    const refused = plan('secret', image);
    await expect(refused).rejects.toMatchObject({ code: 'denied', hint: expect.stringContaining(file) });
    await expect(refused.catch((error: unknown) => JSON.stringify(error))).resolves.not.toContain('another-word');
    expect(house.log).not.toContain('another-word');
    // The next plan reads the file again.
    await logIn();
    expect(await ship('secret', image)).toMatchObject({ outcome: 'succeeded' });
    expect(house.log).not.toContain(login.password);
  });

  test('a build without a login for its base says which registry refuses', async () => {
    const base = await push('barred');
    const directory = join(house.root, 'barred');
    await mkdir(directory);
    await writeFile(join(directory, 'Dockerfile'), `FROM ${base}\n`);
    await using stranger = await openHouse(docker);
    const shipped = await stranger.deploy(manifest('barred', { image: undefined, build: '.' }), { web: directory });
    const { outcome, reason } = await stranger.outcome(shipped);
    expect({ outcome, reason }).toEqual({
      outcome: 'failed',
      reason: expect.stringContaining(`${registry.name} does not let us have ${base}`),
    });
  });

  test.each([
    [401, /does not let us have/],
    [429, /refuses more requests for now/],
    [500, /could not be fetched from/],
    ['nothing', /said nothing for 3 s/],
  ] as const)('after the plan it says %s: the deployment fails with the reason, and what exists stays', async (says: Says, reason) => {
    const application = `fails-${says}`;
    await using second = await Registry.open();
    await logIn(login.password, second);
    await using hasty = await openHouse(docker, { docker_config: file, docker_patience: says === 'nothing' ? '3s' : '2m' });
    const first = await hasty.deploy(manifest(application, { env: { VERSION: 'first' } }));
    expect(await hasty.outcome(first)).toMatchObject({ outcome: 'succeeded' });
    const pushed = await push(`second-${says}`, second);
    // The registry itself may be slower than that patience.
    const planned = await until(
      () => plan(application, pushed, hasty).catch(() => undefined),
      (made) => made !== undefined,
    );
    await second.end();
    await using _ = await refusingRegistry(says, second.port);
    const ended = await hasty.outcome(await hasty.call<DeploymentSeen>('change.apply', { plan_id: planned?.plan_id }));
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringMatching(reason) });
    expect(await body(application, hasty)).toBe('first');
  });
});
