// Records that somebody forged: what does not carry our mark is not ours to end.
import { spawn } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { identityOf, isAlive } from '../../src/platform/process/identity.ts';
import { Bench, never } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

it('L3 a stranger that a forged record names, as leader or in a forged cgroup, is not signalled', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.once('spawn', resolve));
  const stranger = identityOf(child.pid ?? 0);
  if (stranger === undefined) throw new Error('no identity');
  const driver = bench.driver();
  const record = await driver.start(await bench.request('setInterval(() => {}, 1000)'), never);
  await driver.stop({ ...record, handle: { ...record.handle, leader: stranger } }, 0, never);
  await writeFile(join(bench.home, 'cgroup.procs'), `${child.pid}\n`);
  await driver.stop({ ...record, handle: { ...record.handle, cgroups: [bench.home] } }, 0, never);
  expect(isAlive(stranger)).toBe(true);
});

it('L9 what an instance leaves beside it is for its owner only', async () => {
  const driver = bench.driver();
  const record = await driver.start(await bench.request('setInterval(() => {}, 1000)'), never);
  expect((await stat(join(bench.home, 'instances', record.id, 'pid'))).mode & 0o777).toBe(0o600);
});
