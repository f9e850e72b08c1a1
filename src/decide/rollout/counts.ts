// Adds and subtracts what releases answered.
import type { ReleaseCounts } from '../../model/measurement.ts';
import type { LatencyBucket } from '../../model/route.ts';

/** What came between two readings of one counter; never negative. */
export function minus(now: ReleaseCounts, then: ReleaseCounts): ReleaseCounts {
  return {
    requests: Math.max(0, now.requests - then.requests),
    failures: Math.max(0, now.failures - then.failures),
    latency: bucketsOf([...now.latency, ...then.latency.map(({ atMost, count }) => ({ atMost, count: -count }))]),
  };
}

export function plus(a: ReleaseCounts, b: ReleaseCounts): ReleaseCounts {
  return { requests: a.requests + b.requests, failures: a.failures + b.failures, latency: bucketsOf([...a.latency, ...b.latency]) };
}

function bucketsOf(parts: readonly LatencyBucket[]): readonly LatencyBucket[] {
  const sums = new Map<number, number>();
  for (const { atMost, count } of parts) sums.set(atMost, (sums.get(atMost) ?? 0) + count);
  return [...sums].flatMap(([atMost, count]) => (count > 0 ? [{ atMost, count }] : [])).sort((a, b) => a.atMost - b.atMost);
}
