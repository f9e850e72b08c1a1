// Latencies as counts by bucket: merged, aged and kept small.
import type { LatencyBucket } from '../../model/route.ts';
import type { Histogram } from './state.ts';

/** Buckets that are kept once there are twice as many: full resolution where a percentile is compared, coarse elsewhere. */
const kept = 64;

/** A bucket around a quantile; `low` is at most its true lower edge. Milliseconds. */
export interface Edges {
  readonly low: number;
  readonly high: number;
}

/**
 * Adds a look's counts. Beyond `memory` requests the older ones fade, so that the bounds follow the day. Quantiles (0…1) are those
 * that will be asked for.
 */
export function merged(before: Histogram, more: readonly LatencyBucket[], memory: number, quantiles: readonly number[]): Histogram {
  const all = zipped(before, more);
  const total = totalOf(all);
  const fade = memory / total;
  const aged = fade >= 1 ? all : all.map(([bound, count]) => [bound, Math.round(count * fade * 1000) / 1000] as const);
  return aged.length <= 2 * kept ? aged : compact(aged, quantiles);
}

/** Both in ascending order, counts of the same bound added up. */
function zipped(before: Histogram, more: readonly LatencyBucket[]): Histogram {
  const fresh = more.filter(({ count }) => count > 0).toSorted((a, b) => a.atMost - b.atMost);
  const result: (readonly [number, number])[] = [];
  let next = 0;
  for (const pair of before) {
    const [bound] = pair;
    let here = pair;
    for (let one = fresh[next]; one && one.atMost <= bound; one = fresh[next]) {
      if (one.atMost === bound) here = [bound, here[1] + one.count];
      else result.push([one.atMost, one.count]);
      next += 1;
    }
    result.push(here);
  }
  for (const { atMost, count } of fresh.slice(next)) result.push([atMost, count]);
  return result;
}

export function totalOf(histogram: Histogram): number {
  return histogram.reduce((sum, [, count]) => sum + count, 0);
}

/** The first bucket up to which at least this share of the requests was answered; undefined when there are none. */
export function quantileEdges(histogram: Histogram, quantile: number): Edges | undefined {
  const wanted = quantile * totalOf(histogram) - 1e-6;
  let seen = 0;
  for (const [high, count] of histogram) {
    seen += count;
    if (seen >= wanted) return { high, low: lowerEdge(high) };
  }
  return undefined;
}

/** Share of the requests in buckets beyond a bound. */
export function shareAbove(histogram: Histogram, bound: number): number {
  const above = histogram.reduce((sum, [high, count]) => sum + (high > bound ? count : 0), 0);
  return above / totalOf(histogram);
}

// The gateway's buckets are 1/64 ms wide, or 1/32 of their lower edge at most.

/** At most the lower edge of the bucket with this upper bound. */
function lowerEdge(high: number): number {
  return Math.max(0, Math.min(high - 1 / 64, (high * 32) / 33));
}

/** Buckets with an upper bound beyond this one hold nothing up to `latency`. */
export function surelyAbove(latency: number): number {
  return Math.max(latency + 1 / 64, (latency * 33) / 32);
}

/** Keeps the bounds that are nearest to a quantile (by the ratio of shares beyond) and the largest; the others' counts go to the next bound above. */
function compact(histogram: Histogram, quantiles: readonly number[]): Histogram {
  const total = totalOf(histogram);
  let seen = 0;
  const far = histogram.map(([bound, count]) => {
    seen += count;
    const beyond = Math.max(total - seen, 0.5) / total;
    return { bound, distance: Math.min(...quantiles.map((one) => Math.abs(Math.log(beyond / (1 - one))))) };
  });
  const nearest = far.toSorted((a, b) => a.distance - b.distance).slice(0, kept - 1);
  const bounds = new Set([...nearest.map((one) => one.bound), histogram.at(-1)?.[0]]);
  const result: [number, number][] = [];
  let carried = 0;
  for (const [bound, count] of histogram) {
    carried += count;
    if (!bounds.has(bound)) continue;
    result.push([bound, carried]);
    carried = 0;
  }
  return result;
}
