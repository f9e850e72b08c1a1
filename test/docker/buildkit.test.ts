// `build:` on an Engine that prefers BuildKit: the same images and the same words about what is wrong, and the classic builder where it wants a session.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { Dockerd } from '../lab/dockerd.ts';
import { image, makeImage, manifest, noEngine, onDocker, openHouse } from './kit.ts';

describe.skipIf(noEngine)(`BuildKit ${onDocker}`, () => {
  let directory: string;
  let docker: Dockerd | undefined;
  let house: House | undefined;
  const home = (): House => {
    if (!house) throw new Error('there is no house before the first test');
    return house;
  };
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'codectl-buildkit-'));
    const file = join(directory, 'daemon.json');
    await writeFile(file, JSON.stringify({ features: { buildkit: true } }));
    docker = await Dockerd.open(['--config-file', file]);
    await makeImage(docker);
    house = await openHouse(docker);
  });
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    await docker?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const ship = async (application: string, files: Readonly<Record<string, string>>) => {
    const from = join(home().root, application);
    await mkdir(from, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(from, name), text);
    return home().outcome(await home().deploy(manifest(application, { image: undefined, build: '.' }), { web: from }));
  };

  it('makes the image, and tells its steps', async () => {
    expect(await ship('kit', { Dockerfile: `FROM ${image}\nENV VERSION=kit\nCOPY note /note\n`, note: 'words' })).toMatchObject({
      outcome: 'succeeded',
    });
    expect((await get({ host: 'kit.localhost', port: (await home().gateway()).port, path: '/' })).body).toBe('kit');
    // The classic builder says it otherwise.
    expect(home().log).toContain('[2/2] COPY note /note');
  });

  it.each([
    ['without a Dockerfile', { 'README.md': 'nothing' }, 'there is no Dockerfile in that directory'],
    ['that copies what is not there', { Dockerfile: `FROM ${image}\nCOPY nowhere /\n` }, 'nowhere'],
    ['of what is no Dockerfile', { Dockerfile: 'FORM base\n' }, 'unknown instruction'],
  ])('fails %s, and the reason says what to mend', async (_, files, message) => {
    const { outcome, reason } = await ship(`kit-${message.length}`, files);
    expect({ outcome, reason }).toEqual({ outcome: 'failed', reason: expect.stringContaining(message) });
  });
});
