// Limits on memory and processor, where this machine lets us set them.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handleOf } from '../../src/adapters/runtimes/process/handle.ts';
import { cgroupPids, memoryLimitSupport } from '../../src/platform/process/cgroup.ts';
import { until } from '../kit/until.ts';
import { Bench, exited, never, printed } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const support = await memoryLimitSupport();
const idle = 'console.log("up"); setInterval(() => {}, 1000)';

describe('limits', () => {
  it('are enforced, or named as not enforced', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request(idle, { resources: { memory: 256 * 2 ** 20, cpu: 0.5 } }), never);
    const cgroups = handleOf(record)?.cgroups ?? [];
    expect(cgroups.length > 0 || record.notEnforced?.length === 2).toBe(true);
    if (support.enforced) expect(record.notEnforced ?? []).not.toContain('memory limit');
  });

  it.skipIf(!support.enforced)(
    `hold for everything the application starts, and go with it${support.enforced ? '' : ` (${support.because})`}`,
    async () => {
      const driver = bench.driver();
      const record = await driver.start(
        await bench.request(`require('node:child_process').spawn('sleep', ['300']); ${idle}`, { resources: { memory: 256 * 2 ** 20 } }),
        never,
      );
      await printed(driver, record, 'up');
      const [directory = ''] = handleOf(record)?.cgroups ?? [];
      expect(await cgroupPids([directory])).toContain(record.pid);
      expect(await cgroupPids([directory])).toHaveLength(2);
      const limit = await readFile(join(directory, 'memory.max'), 'utf8').catch(() =>
        readFile(join(directory, 'memory.limit_in_bytes'), 'utf8'),
      );
      expect(Number(limit)).toBe(256 * 2 ** 20);
      let said = '';
      for await (const one of driver.exec(record, ['cat', '/proc/self/cgroup'], never)) said += one.kind === 'output' ? one.text : '';
      expect(said).toContain(record.id);
      await driver.stop(record, 1_000, never);
      await driver.forget(record);
      await expect(access(directory)).rejects.toThrow();
    },
  );

  it.skipIf(!support.enforced)('are told when memory ran out', async () => {
    const driver = bench.driver();
    const program = `const hold = []; for (;;) hold.push(Buffer.alloc(4 * 2 ** 20, 1));`;
    const record = await driver.start(await bench.request(program, { resources: { memory: 96 * 2 ** 20 } }), never);
    expect((await exited(driver, record)).exit).toMatchObject({ signal: 'SIGKILL', outOfMemory: true, requested: false });
  });

  it.skipIf(!support.enforced)('of instances that are long gone are swept by the next daemon', async () => {
    const first = bench.driver();
    const record = await first.start(await bench.request('process.exit(1)', { resources: { memory: 256 * 2 ** 20 } }), never);
    const [directory = ''] = handleOf(record)?.cgroups ?? [];
    await exited(first, record);
    await access(directory);
    await bench.driver().strays(new Set(), never);
    await until(
      () =>
        access(directory).then(
          () => true,
          () => false,
        ),
      (there) => !there,
    );
  });
});
