// What is counted at a look: failures, and requests that took longer than a bound which was set before the look.
import type { ReleaseCounts } from '../../model/measurement.ts';
import type { LatencyBucket } from '../../model/route.ts';
import type { Table } from './bet.ts';
import type { Edges } from './histogram.ts';
import { quantileEdges, surelyAbove, totalOf } from './histogram.ts';
import type { Histogram, Tally } from './state.ts';

/** The same look for both hypotheses; they differ where rounding must not help either. */
export interface Tables {
  readonly worse: Table;
  readonly fine: Table;
}

export function errorTables(baseline: ReleaseCounts, canary: ReleaseCounts): Tables {
  // Differences of counters that somebody reset in between are no counts.
  const tally = ({ requests, failures }: ReleaseCounts): Tally => ({
    of: Math.max(0, requests),
    hit: Math.max(0, Math.min(failures, requests)),
  });
  const table = { baseline: tally(baseline), canary: tally(canary) };
  return { worse: table, fine: table };
}

/** `p99.9` is 0.999; NaN when it is no percentile. */
export function quantileOf(percentile: string): number {
  return Number((Number(percentile.replace(/^p/, '')) / 100).toFixed(6));
}

/** The quantile of the baseline before this look; undefined while too few requests stand beyond it. */
export function boundsOf(earlier: Histogram, quantile: number): Edges | undefined {
  return totalOf(earlier) >= requestsForBounds(quantile) ? quantileEdges(earlier, quantile) : undefined;
}

/** One request beyond the quantile must be expected, or it cannot be told. */
export function requestsForBounds(quantile: number): number {
  return Math.max(20, Math.ceil(1 / (1 - quantile) - 1e-6));
}

/**
 * Requests of the canary beyond (1 + worseBy) × the bound, against requests of the baseline beyond the bound. If the canary's latencies, divided
 * by 1 + worseBy, are not larger in distribution than the baseline's, it has no more of them, whatever the bound; the bound only says at which
 * percentile to look. It is from before this look, so the look's own luck does not set it. Where a bucket straddles a bound, it counts for the
 * other side: as below when a failure is to be shown, as beyond when a pass is.
 */
export function latencyTables(bounds: Edges, worseBy: number, baseline: ReleaseCounts, canary: ReleaseCounts): Tables {
  const factor = 1 + worseBy;
  return {
    worse: { baseline: beyond(baseline.latency, bounds.high), canary: beyond(canary.latency, surelyAbove(bounds.high * factor)) },
    fine: { baseline: from(baseline.latency, bounds.high), canary: beyond(canary.latency, bounds.low * factor) },
  };
}

const beyond = (latency: readonly LatencyBucket[], bound: number) => tallyWhere(latency, (atMost) => atMost > bound);
const from = (latency: readonly LatencyBucket[], bound: number) => tallyWhere(latency, (atMost) => atMost >= bound);

function tallyWhere(latency: readonly LatencyBucket[], isHit: (atMost: number) => boolean): Tally {
  let [of, hit] = [0, 0];
  for (const { atMost, count } of latency) {
    of += Math.max(0, count);
    if (isHit(atMost)) hit += Math.max(0, count);
  }
  return { of, hit };
}
