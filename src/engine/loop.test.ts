// The loop tells of passes that fail, but not of one that was only too late: it is repeated, and that is all there is to it.
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
