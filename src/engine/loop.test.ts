// The loop makes one pass at a time, and tells of passes that fail, but not of one that was only too late.
import { expect, it, onTestFinished } from 'vitest';
import { CodeError } from '../base/errors.ts';
import { ManualClock } from '../base/manual-clock.ts';
import { Loop } from './loop.ts';

async function failuresToldAfter(
  code: 'write_conflict' | 'runtime_unavailable',
  times: number,
): Promise<readonly [passes: number, told: number]> {
  const clock = new ManualClock();
  const seen = { passes: 0, told: 0 };
  const log = { info: () => undefined, warn: () => undefined, error: () => void seen.told++ };
  const pass = async () => {
    seen.passes += 1;
    if (seen.passes <= times) throw new CodeError(code, 'it was not to be');
  };
  const loop = new Loop(pass, clock, log, 60_000);
  onTestFinished(() => loop.stop());
  loop.wake({ application: 'shop', environment: 'test' });
  while (seen.passes <= times) {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    clock.moveTo(clock.nextAt() ?? clock.now());
  }
  return [seen.passes, seen.told];
}

it('repeats a pass that lost against another writer, and says nothing of it unless it loses again and again', async () => {
  expect(await failuresToldAfter('write_conflict', 3)).toEqual([4, 0]);
  expect(await failuresToldAfter('write_conflict', 5)).toEqual([6, 2]);
  expect(await failuresToldAfter('runtime_unavailable', 2)).toEqual([3, 2]);
});

it('makes one pass at a time when it is woken in the very moment at which the next was due', async () => {
  const clock = new ManualClock();
  const seen = { passes: 0, atOnce: 0, most: 0 };
  const pass = async () => {
    seen.passes += 1;
    seen.most = Math.max(seen.most, ++seen.atOnce);
    await clock.sleep(10);
    seen.atOnce -= 1;
  };
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const loop = new Loop(pass, clock, silent, 60_000);
  onTestFinished(() => {
    const stopped = loop.stop();
    clock.moveTo(clock.now() + 60_000);
    return stopped;
  });
  const shop = { application: 'shop', environment: 'test' };
  loop.wake(shop, clock.now() + 100);
  clock.moveTo(clock.now() + 100);
  // Nothing that the alarm woke has run yet.
  loop.wake(shop);
  for (let step = 0; step < 5; step += 1) {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    clock.moveTo(clock.now() + 5);
  }
  expect(seen.passes).toBeGreaterThan(0);
  expect(seen.most).toBe(1);
});
