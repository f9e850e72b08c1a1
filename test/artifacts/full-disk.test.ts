// A disk that is full, really: a file system of one megabyte, where the machine lets us have one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createDirectoryArtifacts } from '../../src/adapters/artifacts/directory/directory.ts';
import { readFileIfExists, writeFileAtomic } from '../../src/platform/files.ts';
import { keep, noSignal, sourceOf } from './kit.ts';

const mount = mkdtempSync(join(tmpdir(), 'code-full-'));

function mounted(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const available = mounted();
const reason = available ? '' : ' (skipped: needs the right to mount a tmpfs)';

afterAll(() => {
  if (available) execFileSync('/bin/umount', [mount]);
  rmSync(mount, { recursive: true, force: true });
});

describe.skipIf(!available)(`a full disk${reason}`, () => {
  it('is named with the path and the next step, leaves no rest, and what was there stays whole', async () => {
    const artifacts = createDirectoryArtifacts({ directory: join(mount, 'artifacts') });
    const small = await keep(await sourceOf({ 'app.js': 'app' }), artifacts);
    const state = join(mount, 'state.json');
    await writeFileAtomic(state, 'old');

    const large = await sourceOf({ large: 'x'.repeat(2 ** 20) });
    await expect(keep(large, artifacts)).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringContaining(mount),
      hint: expect.stringContaining('df -h'),
    });
    expect(await readdir(join(mount, 'artifacts/incoming'))).toEqual([]);

    await expect(writeFileAtomic(state, 'x'.repeat(2 ** 20))).rejects.toMatchObject({ code: 'disk_full' });
    expect(await readFileIfExists(state)).toBe('old');
    expect((await readdir(mount)).sort()).toEqual(['artifacts', 'state.json']);

    const path = await artifacts.materialise(small, noSignal);
    expect(await readFileIfExists(join(path, 'app.js'))).toBe('app');
  });

  it('met while a directory is made leaves no half of it', async () => {
    const artifacts = createDirectoryArtifacts({ directory: join(mount, 'second') });
    // Executables are copied: contents of 600 KiB fit once, not twice.
    const digest = await keep(await sourceOf({ run: { run: 'x'.repeat(600 * 1024) } }), artifacts);
    await expect(artifacts.materialise(digest, noSignal)).rejects.toMatchObject({ code: 'disk_full' });
    expect(await readdir(join(mount, 'second/trees'))).toEqual([]);
    await expect(artifacts.materialise(digest, noSignal)).rejects.toMatchObject({ code: 'disk_full' });
  });
});
