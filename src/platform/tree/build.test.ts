// What is mended below a directory stays there, also where somebody has put a link in the place of a directory.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../base/digest.ts';
import { mendPath } from './build.ts';
import { createPlacer } from './place.ts';

const { signal } = new AbortController();

async function damaged() {
  const base = await mkdtemp(join(tmpdir(), 'code-mend-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const [root, outside, blob] = [join(base, 'root'), join(base, 'outside'), join(base, 'blob')];
  for (const directory of [root, outside]) await mkdir(directory);
  await writeFile(blob, 'right');
  const file = { kind: 'file', path: 'a/file', digest: digestOf('right'), size: 5, executable: false } as const;
  const source = { entries: [{ kind: 'directory', path: 'a' } as const, file], place: createPlacer(), blobPath: () => blob };
  const mend = () => mendPath({ root, path: file.path, aside: join(base, 'aside') }, file, source, signal);
  return { root, outside, mend };
}

it('a file is mended in its directory', async () => {
  const { root, mend } = await damaged();
  await mkdir(join(root, 'a'));
  await writeFile(join(root, 'a', 'file'), 'wrong');
  await chmod(join(root, 'a'), 0o555);
  await mend();
  expect(await readFile(join(root, 'a', 'file'), 'utf8')).toBe('right');
});

it('and not in another that a link in its place leads to', async () => {
  const { root, outside, mend } = await damaged();
  await chmod(outside, 0o700);
  await symlink(outside, join(root, 'a'));
  await expect(mend()).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('leads through a link (a)') });
  expect(await readdir(outside)).toEqual([]);
  expect((await stat(outside)).mode & 0o777).toBe(0o700);
});
