// `build:` – the directory travels to the engine, the image is made there, and what it is made from names it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli } from '../kit/cli.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import { containers, image, manifest, noEngine, onDocker, withHouse } from './kit.ts';

describe.skipIf(noEngine)(onDocker, () => {
  const at = withHouse();
  const { docker } = at;

  const ship = async (application: string, files: Readonly<Record<string, string>>) => {
    const directory = join(at.house.root, application);
    await mkdir(directory, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
    return at.house.outcome(await at.house.deploy(manifest(application, { image: undefined, build: '.' }), { web: directory }));
  };
  const built = async () => {
    const all = await docker.json<readonly { readonly RepoTags: readonly string[] | null }[]>('/images/json');
    return all.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => /^codectl-[0-9a-f]{8}\/build[a-z]*\/web:[0-9a-f]{64}$/.test(tag));
  };

  test('builds from the uploaded directory, once for the same content, anew for another', async () => {
    const first = { Dockerfile: `FROM ${image}\nENV VERSION=first\n` };
    expect(await ship('build', first)).toMatchObject({ outcome: 'succeeded' });
    const { body } = await get({ host: 'build.localhost', port: (await at.house.gateway()).port, path: '/' });
    expect(body).toBe('first');
    const before = await built();
    expect(await ship('build', { ...first, Dockerfile: `FROM ${image}\nENV VERSION=second\n` })).toMatchObject({ outcome: 'succeeded' });
    expect((await built()).length).toBe(before.length + 1);
    expect(await ship('build', first)).toMatchObject({ outcome: 'succeeded' });
    expect((await built()).length).toBe(before.length + 1);
    // Another application's is another image, though it is made from the same.
    expect(await ship('builder', first)).toMatchObject({ outcome: 'succeeded' });
    expect((await built()).length).toBe(before.length + 2);
  });

  test('an image that names a signal that no Engine can send gets SIGTERM instead', async () => {
    const shipped = await ship('signal', { Dockerfile: `FROM ${image}\nSTOPSIGNAL 99\n` });
    expect(shipped.reason).toBeUndefined();
    const { plan_id } = await at.house.call<{ plan_id: string }>('change.remove_plan', { application: 'signal', environment: 'test' });
    expect(await at.house.outcome(await at.house.call('change.apply', { plan_id }))).toMatchObject({ outcome: 'succeeded' });
    // The deployment ends when nobody is left; what is kept of them goes right after.
    await until(
      () => containers(docker),
      (left) => !left.some(({ Labels }) => Labels['codectl.application'] === 'signal'),
    );
  });

  test.each([
    ['without a Dockerfile', { 'README.md': 'nothing' }, 'there is no Dockerfile in that directory'],
    ['that copies what is not there', { Dockerfile: `FROM ${image}\nCOPY nowhere /\n` }, 'COPY nowhere /. Try it by hand'],
  ])('a build %s fails the deployment, and the reason says what to mend', async (_, files, message) => {
    const application = `broken-${message.length}`;
    const { outcome, reason } = await ship(application, files);
    expect({ outcome, reason }).toEqual({ outcome: 'failed', reason: expect.stringContaining(message) });
    // What is wrong with it is wrong at every try: it is tried once, and told once.
    const { stdout } = await cli(['events', '--json', '--app', application, '--home', at.house.home], at.house.root);
    expect(stdout.split('\n').filter((line) => line.includes('"instance.exited"'))).toHaveLength(1);
  });
});
