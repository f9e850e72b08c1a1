// Who starts stands behind who serves, and no longer than it starts.
import { getPriority } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { mayRaise, nice } from '../../src/platform/process/priority.ts';
import { until } from '../kit/until.ts';
import { Bench, never, printed, server } from './bench.ts';

/** Listens once it is told to. */
const late = `setInterval(() => {}, 1e6); process.on('SIGUSR2', () => {${server}}); console.log('waits');`;
const worker = `console.log('waits'); setInterval(() => {}, 1e6);`;

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

describe.runIf(mayRaise())('an instance that starts', () => {
  it('leaves the processor to others until it listens, also when that is seen by the next daemon', async () => {
    // No time passes: whoever is held back for too long catches up, and a slow machine takes long to start anything.
    const clock = { now: () => 1_000_000, sleep: systemClock.sleep };
    const driver = bench.driver({ clock });
    for (const looks of [driver, bench.driver({ clock })]) {
      const record = await driver.start(await bench.request(late), never);
      await printed(driver, record, 'waits');
      expect(getPriority(record.pid)).toBe(nice.starting);
      expect(await looks.listening?.(record)).toEqual([]);
      expect(getPriority(record.pid)).toBe(nice.starting);
      process.kill(record.pid ?? 0, 'SIGUSR2');
      await until(
        async () => looks.listening?.(record),
        (ports) => ports?.length === 1,
      );
      expect(getPriority(record.pid)).toBe(nice.usual);
    }
  });

  it('catches up after some seconds, if it does not listen, and at once if it never will', async () => {
    let now = 1_000_000;
    const driver = bench.driver({ clock: { now: () => now, sleep: async () => undefined } });
    const [slow, idle] = [
      await driver.start(await bench.request(late), never),
      await driver.start(await bench.request(worker, { port: undefined }), never),
    ];
    expect([getPriority(slow.pid), getPriority(idle.pid)]).toEqual([nice.starting, nice.usual]);
    now += 3_000;
    await until(
      () => getPriority(slow.pid),
      (value) => value === nice.usual,
    );
  });
});
