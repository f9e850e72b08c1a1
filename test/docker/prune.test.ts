// Images that were built go with the releases that nobody can start any more; those of what runs, and everybody else's, stay.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { releaseOf, runSpecOf } from '../../src/model/release.ts';
import { get } from '../kit/http.ts';
import { aService } from '../kit/specs.ts';
import { driverOf, image, manifest, noEngine, onDocker, withHouse } from './kit.ts';

describe.skipIf(noEngine)(onDocker, () => {
  const at = withHouse();
  const { docker } = at;

  const tags = async () => {
    const all = await docker.json<readonly { readonly RepoTags: readonly string[] | null }[]>('/images/json');
    return all.flatMap(({ RepoTags }) => RepoTags ?? []);
  };
  /** Builds and ships a version; returns the name of the image that came of it. */
  const ship = async (application: string, version: string): Promise<string> => {
    const before = await tags();
    const directory = join(at.house.root, application, version);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'Dockerfile'), `FROM ${image}\nENV VERSION=${version}\n`);
    const shipped = await at.house.deploy(manifest(application, { image: undefined, build: '.' }), { web: directory });
    expect(await at.house.outcome(shipped)).toMatchObject({ outcome: 'succeeded' });
    const [made = '', ...more] = (await tags()).filter((one) => !before.includes(one));
    expect(more).toEqual([]);
    return made;
  };
  const releaseBuiltAs = (application: string, name: string) => {
    const context = `sha256:${name.split(':')[1]}` as const;
    return releaseOf(application, 'web', runSpecOf(aService({ name: 'web' }), { kind: 'image', reference: 'web', context }), 0);
  };

  test('keeps what may be started again and what runs, and removes the others', async () => {
    const [first, second, third] = [await ship('prune', 'v1'), await ship('prune', 'v2'), await ship('prune', 'v3')];
    const other = await ship('other', 'v1');
    const stranger = `codectl-00000000/prune/web:${second.split(':')[1]}`;
    await docker.send('POST', `/images/${second}/tag?repo=${stranger.split(':')[0]}&tag=${stranger.split(':')[1]}`);
    const before = await tags();
    await using driver = driverOf(at.house, docker);
    // The third and the other application run, though nobody says that they are kept.
    await driver.tidy?.([releaseBuiltAs('prune', first)]);
    const after = await tags();
    expect(before.filter((one) => !after.includes(one))).toEqual([second]);
    expect(after).toEqual(expect.arrayContaining([first, third, other, stranger, image]));
    expect((await get({ host: 'prune.localhost', port: (await at.house.gateway()).port, path: '/' })).body).toBe('v3');
  });
});
