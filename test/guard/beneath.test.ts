// What is opened below a directory stays there, whatever somebody puts in the place of a name meanwhile.
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CodeError } from '../../src/base/errors.ts';
import { openBeneath, openDirectoryBeneath } from '../../src/platform/guard/beneath.ts';

/** `root/door/file` is inside; `outside/file` is what nobody may see. */
async function house() {
  const base = await mkdtemp(join(tmpdir(), 'code-beneath-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const [root, outside] = [join(base, 'root'), join(base, 'outside')];
  await mkdir(join(root, 'door'), { recursive: true });
  await mkdir(outside);
  await writeFile(join(root, 'door', 'file'), 'inside');
  await writeFile(join(outside, 'file'), 'outside');
  const swap = async () => {
    await rename(join(root, 'door'), join(root, 'was'));
    await symlink(outside, join(root, 'door'));
  };
  return { base, root, outside, swap };
}

const read = async (root: string, path: string) => {
  const file = await openBeneath(root, path);
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
};

describe('a name that is exchanged for a link', () => {
  it('between a check and its use betrays who checks first, and not who opens name by name', async () => {
    const one = await house();
    const place = join(one.root, 'door', 'file');
    await open(place, 'r').then((file) => file.close());
    await one.swap();
    expect(await readFile(place, 'utf8')).toBe('outside');

    const other = await house();
    const door = await openDirectoryBeneath(other.root, 'door');
    await other.swap();
    expect(await readFile(join(door.path, 'file'), 'utf8')).toBe('inside');
    await door.close();
    await expect(read(other.root, 'door/file')).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('link (door)') });
  });

  it('again and again never shows what is outside', async () => {
    const { base, root, outside } = await house();
    const flip = `
      const { renameSync, symlinkSync } = require('node:fs');
      const { root, base, outside } = require('node:worker_threads').workerData;
      symlinkSync(outside, base + '/link');
      require('node:worker_threads').parentPort.postMessage('begun');
      for (;;) {
        renameSync(root + '/door', base + '/real');
        renameSync(base + '/link', root + '/door');
        renameSync(root + '/door', base + '/link');
        renameSync(base + '/real', root + '/door');
      }`;
    const flipper = new Worker(flip, { eval: true, workerData: { root, base, outside } });
    onTestFinished(async () => void (await flipper.terminate()));
    await once(flipper, 'message');
    const seen = new Map<string, number>();
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    // Until both have been met, however long that takes here.
    for (let tries = 0; tries < 2_000 || !seen.has('inside') || !seen.has('denied'); tries += 1)
      count(await read(root, 'door/file').catch((thrown: unknown) => (thrown instanceof CodeError ? thrown.code : 'not there')));
    expect([...seen.keys()].filter((what) => !['inside', 'denied', 'not there'].includes(what))).toEqual([]);
  });
});

it('a directory that may not be read is gone through, one that is missing is said to be', async () => {
  const { root } = await house();
  await expect(read(root, 'door/nothing')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(read(root, 'door/file/more')).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(openDirectoryBeneath(root, 'door/../..')).rejects.toMatchObject({ code: 'denied' });
  const whole = await openDirectoryBeneath(root, '');
  expect(await readFile(join(whole.path, 'door/file'), 'utf8')).toBe('inside');
  await whole.close();
});
