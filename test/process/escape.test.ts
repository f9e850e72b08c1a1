// A process that left its session and cleared its environment still belongs to its instance, by its control group.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { memoryLimitSupport } from '../../src/platform/process/cgroup.ts';
import { identityOf, isAlive } from '../../src/platform/process/identity.ts';
import { until } from '../kit/until.ts';
import { Bench, lines, never } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

it.skipIf(!(await memoryLimitSupport()).enforced)('M7 what escaped session and environment ends with its instance', async () => {
  const driver = bench.driver();
  const program = `
    const child = require('node:child_process').spawn('sleep', ['300'], { env: {}, detached: true, stdio: 'ignore' });
    child.unref();
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const record = await driver.start(await bench.request(program), never);
  const said = await until(
    () => lines(driver, record, 'out'),
    (seen) => seen.length > 0,
  );
  const escaped = identityOf(Number(said[0]));
  if (escaped === undefined) throw new Error('nothing escaped');
  try {
    await driver.stop(record, 1_000, never);
    expect(isAlive(escaped)).toBe(false);
  } finally {
    if (isAlive(escaped)) process.kill(escaped.pid, 'SIGKILL');
  }
});
