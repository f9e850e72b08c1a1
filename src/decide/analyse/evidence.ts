// Evidence against one hypothesis, gathered look by look: wealth of several bets side by side, of which each is allowed to be the right one.
import type { Duration } from '../../base/units.ts';
import type { Table } from './bet.ts';
import { logBet } from './bet.ts';
import { logSum } from './binomial.ts';
import type { Evidence, Tally } from './state.ts';

// How much worse (or better) the new release may be is not known beforehand, so the stake is spread over these odds.
const worseOdds = [1.3, 2, 4, 10, 40];
const fineOdds = [0.8, 0.6, 0.3, 0.05];

const none: Tally = { of: 0, hit: 0 };

/** Of the wealth of 1, half bets from the first look on; the rest is staked evenly over the time of the analysis, for what begins later. */
export const beginWorse: Evidence = { baseline: none, canary: none, logs: worseOdds.map(() => Math.log(0.5 / worseOdds.length)) };
export const beginFine: Evidence = { baseline: none, canary: none, logs: fineOdds.map(() => Math.log(1 / fineOdds.length)) };

/**
 * Evidence that the canary has more hits than allowed. A mean of e-processes is one, whatever weighs it beforehand: here over odds, and over the
 * time at which the fault begins (a leak, a cache that fills), so that five good minutes do not have to be made up for first.
 * `staked` and `atMost` are durations: what has passed since the look before, within the whole time of the analysis.
 */
export function worsen(before: Evidence, table: Table, allowance: number, staked: Duration, atMost: Duration): Evidence {
  const fresh = Math.log((0.5 * staked) / atMost / worseOdds.length);
  return added(before, table, (log, index) => logSum(log, fresh) + logBet(worseOdds[index] ?? 1, table, allowance));
}

/** Evidence that the canary has fewer hits than would be too many; from the first look on, because a pass speaks of the whole time. */
export function refine(before: Evidence, table: Table, allowance: number): Evidence {
  return added(before, table, (log, index) => log + logBet(fineOdds[index] ?? 1, table, allowance));
}

/** ln of the wealth. By Ville's inequality it exceeds 1/α at any time with a probability of at most α while the hypothesis is true. */
export function logWealth({ logs }: Evidence): number {
  return logs.reduce(logSum, Number.NEGATIVE_INFINITY);
}

function added(before: Evidence, table: Table, grow: (log: number, index: number) => number): Evidence {
  return {
    baseline: plus(before.baseline, table.baseline),
    canary: plus(before.canary, table.canary),
    logs: before.logs.map(grow),
  };
}

function plus(a: Tally, b: Tally): Tally {
  return { of: a.of + b.of, hit: a.hit + b.hit };
}

/**
 * About how many more requests to the canary a pass needs, if its share of hits is `expected` while that of the (topped up) baseline is
 * `permitted`: what is missing of the wealth, over what the best of the bets gains by one request. Infinite when none gains.
 */
export function requestsToPass(
  fine: Evidence,
  target: number,
  { expected, permitted, perCanary }: { readonly expected: number; readonly permitted: number; readonly perCanary: number },
): number {
  const byLot = 1 / (1 + perCanary);
  const hits = expected + perCanary * permitted;
  const needed = fine.logs.map((log, index) => {
    const odds = fineOdds[index] ?? 1;
    const gain = expected * Math.log(odds) - hits * Math.log(1 + byLot * (odds - 1));
    return gain > 0 ? Math.ceil((target - log) / gain) : Number.POSITIVE_INFINITY;
  });
  return Math.max(1, Math.min(...needed));
}
