// A home on a disk that is full or read-only: nothing is half started, and what runs can still be stopped.
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, exited, never, printed, server } from './bench.ts';

let bench: Bench;
let home = '';
const mounted = canMount();

beforeEach(async () => {
  bench = await Bench.open();
  home = join(bench.home, 'small');
  await mkdir(home);
  if (mounted) execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', home]);
});
afterEach(async () => {
  if (mounted) execFileSync('/bin/umount', ['-l', home]);
  await bench.close();
});

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    execFileSync('/bin/umount', ['/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function fill(): Promise<void> {
  await writeFile(join(home, 'ballast'), Buffer.alloc(1_000_000)).catch(() => undefined);
}

describe.skipIf(!mounted)(`a small disk${mounted ? '' : ' (skipped: needs the right to mount)'}`, () => {
  it('that is full refuses a start, names the disk, and keeps nothing of it', async () => {
    const driver = bench.driver({ home });
    await driver.start(await bench.request(server), never).then((record) => driver.stop(record, 5_000, never));
    await fill();
    const request = await bench.request(server);
    await expect(driver.start(request, never)).rejects.toMatchObject({ code: 'disk_full', message: expect.stringContaining(home) });
    expect(bench.living(request.id, home)).toEqual([]);
    await rm(join(home, 'ballast'));
    const record = await driver.start(request, never);
    await driver.stop(record, 5_000, never);
  });

  it('that becomes full lets what runs be stopped, and its parent knows how it ended', async () => {
    const driver = bench.driver({ home });
    const record = await driver.start(await bench.request(server), never);
    await printed(driver, record, 'up');
    await fill();
    await driver.stop(record, 5_000, never);
    expect(await exited(driver, { ...record, state: 'stopping' })).toMatchObject({ exit: { code: 3, requested: true } });
  });

  it('that is read-only refuses a start and says so', async () => {
    const driver = bench.driver({ home });
    const request = await bench.request(server);
    execFileSync('/bin/mount', ['-o', 'remount,ro', home]);
    await expect(driver.start(request, never)).rejects.toMatchObject({
      code: 'home_unwritable',
      message: expect.stringContaining('read-only'),
    });
    execFileSync('/bin/mount', ['-o', 'remount,rw', home]);
    expect(await readdir(home)).toEqual([]);
    const record = await driver.start(request, never);
    await driver.stop(record, 5_000, never);
  });
});
