// Equal slices of the processor, where this machine lets us give them.
import { expect, it } from 'vitest';
import { cpuSecondsOfFamily, startChild } from '../../src/platform/process/child.ts';
import { CpuSlices } from '../../src/platform/process/slices.ts';
import { until } from '../kit/until.ts';

const spin = { command: process.execPath, args: ['-e', 'for (;;);'], cwd: '/', env: {} };

it('holds a process to its slice, or says that it cannot', async (context) => {
  const slices = await CpuSlices.open();
  const child = await startChild(spin);
  try {
    if (!(await slices.hold(child.pid, 0.2))) context.skip('no CPU control group is to be had here');
    const [since, before] = [performance.now(), cpuSecondsOfFamily(child.pid)];
    const used = () => cpuSecondsOfFamily(child.pid) - before;
    await until(used, (seconds) => seconds >= 0.5, 120_000);
    // A loaded machine gives it less, never more: half a second is not to be had within two.
    expect(performance.now() - since).toBeGreaterThan(2_000);
  } finally {
    await child.stop(0);
    await slices.end();
  }
}, 150_000);

it('leaves nothing behind and holds nobody who is gone', async () => {
  const slices = await CpuSlices.open();
  const child = await startChild(spin);
  await child.stop(0);
  expect(await slices.hold(child.pid, 0.2)).toBe(false);
  await slices.end();
});
