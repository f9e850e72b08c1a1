// Recovery from windows: nothing noticed, an outage with its end, one without, and what was bad before or is too short to count.
import { expect, it } from 'vitest';
import type { Steady } from '../../model/proving/experiment.ts';
import type { LoadWindow } from '../../model/proving/load.ts';
import { badEpisodes, judgeWindows, recoveryOf } from './recovery.ts';

const steady: Steady = { success: 0.99, p99: 100, goodput: 0.95, least: 50 };

/** One character a window of 200 ms with 50 requests: `.` good, `x` failed, `s` slow. */
function windows(text: string, intended = 50): readonly LoadWindow[] {
  return text.split('').map((sign, index) => {
    const failed = sign === 'x' ? intended : 0;
    const succeeded = intended - failed;
    return { at: index * 200, intended, succeeded, failed, inFlight: 0, ...(succeeded > 0 && { p50: 1, p99: sign === 's' ? 400 : 5 }) };
  });
}

function recovery(text: string, marks: { readonly injected: number; readonly removed?: number }, good = 1_000) {
  const judged = judgeWindows(windows(text), 200, steady);
  return recoveryOf(judged, { ...marks, end: text.length * 200 }, good);
}

it('is masked when no window was bad after the faults began', () => {
  expect(recovery('x...................', { injected: 1_000 })).toEqual({ kind: 'masked', windows: 15 });
});

it('counts from the first bad window to the first of the good ones that stay', () => {
  // Good for 800 ms in between, and bad again: that was no recovery.
  expect(recovery('.....xx....s.............', { injected: 900, removed: 2_000 })).toEqual({
    kind: 'recovered',
    onset: 1_000,
    recovered: 2_400,
    fromOnset: 1_400,
    afterRemoval: 400,
    bad: 600,
    failed: 100,
  });
});

it('took no time after the faults when it was good again while they acted', () => {
  expect(recovery('.....xx.............', { injected: 1_000, removed: 3_000 })).toMatchObject({ kind: 'recovered', afterRemoval: 0 });
});

it('is censored when it is not good for long enough before the end', () => {
  expect(recovery('.....xx....', { injected: 1_000, removed: 1_400 })).toMatchObject({ kind: 'censored', onset: 1_000, fromOnset: 1_200 });
});

it('is unmeasured without a window', () => {
  expect(recovery('', { injected: 0 }).kind).toBe('unmeasured');
});

it('puts windows together until they hold enough requests, with the worst of their quantiles', () => {
  const judged = judgeWindows(windows('...s......', 10), 200, steady);
  expect(judged.map(({ at, lasts, good, requests }) => [at, lasts, good, requests])).toEqual([
    [0, 1_000, false, 50],
    [1_000, 1_000, true, 50],
  ]);
});

it('holds goodput against what was offered: requests without an answer count', () => {
  const [one] = judgeWindows([{ at: 0, intended: 100, succeeded: 94, failed: 0, inFlight: 6, p99: 5 }], 200, { ...steady, success: 0 });
  expect(one?.good).toBe(false);
});

it('counts how many times something was bad', () => {
  const judged = judgeWindows(windows('.xx..x...s'), 200, steady);
  expect([badEpisodes(judged, 0, 2_000), badEpisodes(judged, 0, 1_000), badEpisodes(judged, 1_200, 1_800)]).toEqual([3, 1, 0]);
});
