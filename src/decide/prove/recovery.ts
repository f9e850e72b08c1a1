// How long a service was bad, and when it was good again for good: from the windows of the load alone.
import type { Duration } from '../../base/units.ts';
import type { Steady } from '../../model/proving/experiment.ts';
import type { LoadWindow } from '../../model/proving/load.ts';

/** Milliseconds since the phase's start. */
export interface Marks {
  /** The faults began; bad windows before it are not theirs. */
  readonly injected: number;
  /** The last of them was seen to be over. */
  readonly removed?: number;
  /** Nothing is looked at from here on. */
  readonly end: number;
}

export interface JudgedWindow {
  readonly at: number;
  readonly lasts: Duration;
  readonly good: boolean;
  readonly requests: number;
  readonly failed: number;
}

export type Recovery =
  /** Nobody outside noticed: no bad window of so many. */
  | { readonly kind: 'masked'; readonly windows: number }
  | ({ readonly kind: 'recovered'; readonly recovered: number } & Outage)
  /** Not good again for long enough before the end; it took at least `fromOnset`. */
  | ({ readonly kind: 'censored' } & Outage)
  | { readonly kind: 'unmeasured'; readonly because: string };

export interface Outage {
  /** Start of the first bad window. */
  readonly onset: number;
  /** From the first bad window to the first of the good ones that stayed. */
  readonly fromOnset: Duration;
  /** The part of it after the faults were gone; 0: it was good again while they acted. Absent: they were never seen to be gone. */
  readonly afterRemoval?: Duration;
  /** All bad windows together. */
  readonly bad: Duration;
  readonly failed: number;
}

/**
 * Neighbouring windows are put together until they hold `least` requests: a share or a quantile of a handful says nothing. The worst
 * p99 of the parts stands for the whole.
 */
export function judgeWindows(windows: readonly LoadWindow[], width: Duration, steady: Steady): readonly JudgedWindow[] {
  const judged: JudgedWindow[] = [];
  let open: LoadWindow[] = [];
  for (const window of windows) {
    open.push(window);
    if (open.reduce((sum, { intended }) => sum + intended, 0) < steady.least) continue;
    judged.push(judgeOne(open, width, steady));
    open = [];
  }
  return judged;
}

function judgeOne(parts: readonly LoadWindow[], width: Duration, steady: Steady): JudgedWindow {
  const sum = (count: (one: LoadWindow) => number) => parts.reduce((total, one) => total + count(one), 0);
  const [intended, succeeded] = [sum((one) => one.intended), sum((one) => one.succeeded)];
  const failed = intended - succeeded;
  const p99 = parts.reduce((worst, one) => (one.p99 !== undefined && one.p99 > worst ? one.p99 : worst), 0);
  const good = succeeded >= steady.success * intended && succeeded >= steady.goodput * intended && p99 <= steady.p99;
  return { at: parts[0]?.at ?? 0, lasts: width * parts.length, good, requests: intended, failed };
}

export function recoveryOf(windows: readonly JudgedWindow[], { injected, removed, end }: Marks, good: Duration): Recovery {
  const seen = windows.filter(({ at, lasts }) => at + lasts > injected && at + lasts <= end);
  if (seen.length === 0) return { kind: 'unmeasured', because: 'there is no window of the load after the faults began' };
  const first = seen.findIndex((one) => !one.good);
  const onset = seen[first]?.at;
  if (onset === undefined) return { kind: 'masked', windows: seen.length };
  const stays = firstStable(seen.slice(first), good);
  const until = stays ?? (seen.at(-1)?.at ?? onset) + (seen.at(-1)?.lasts ?? 0);
  const bad = seen.filter((one) => !one.good);
  const outage: Outage = {
    onset,
    fromOnset: until - onset,
    ...(removed !== undefined && { afterRemoval: until > removed ? until - removed : 0 }),
    bad: bad.reduce((sum, { lasts }) => sum + lasts, 0),
    failed: seen.reduce((sum, one) => sum + one.failed, 0),
  };
  return stays === undefined ? { kind: 'censored', ...outage } : { kind: 'recovered', recovered: stays, ...outage };
}

/** Start of the first run of good windows that is long enough. */
function firstStable(windows: readonly JudgedWindow[], long: Duration): number | undefined {
  let start: number | undefined;
  for (const { at, lasts, good } of windows) {
    if (!good) start = undefined;
    else {
      start ??= at;
      if (at + lasts - start >= long) return start;
    }
  }
  return undefined;
}

/** How many separate times something was bad between two moments. */
export function badEpisodes(windows: readonly JudgedWindow[], from: number, to: number): number {
  const seen = windows.filter(({ at, lasts }) => at >= from && at + lasts <= to);
  return seen.filter((one, index) => !one.good && seen[index - 1]?.good !== false).length;
}
