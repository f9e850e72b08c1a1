// What the releases of a service answered between two observations of the data plane, each request once.
import type { ReleaseCounts, Window } from '../../model/measurement.ts';
import type { LatencyBucket, ProcessTraffic, ReleaseTraffic, TrafficObservation } from '../../model/route.ts';

/**
 * Differences of counters, process by process. A process that was not seen before (started again, or not reached then) counts from the next window
 * on: what it counted until now may have been in an earlier one. `service` is a service key, times are milliseconds since the epoch.
 */
export function windowBetween(
  before: { readonly traffic: TrafficObservation; readonly at: number },
  after: { readonly traffic: TrafficObservation; readonly at: number },
  service: string,
): Window {
  const earlier = new Map(processesOf(before.traffic).map((one) => [one.epoch, one.releases]));
  const releases: Record<string, ReleaseCounts> = {};
  for (const { epoch, releases: now } of processesOf(after.traffic)) {
    const then = earlier.get(epoch);
    if (!then) continue;
    for (const one of now) {
      if (one.service !== service) continue;
      const known = then.find((other) => other.service === service && other.release === one.release);
      releases[one.release] = sum(releases[one.release], difference(one, known));
    }
  }
  return { from: before.at, to: after.at, releases };
}

function processesOf({ processes, epoch, releases }: TrafficObservation): readonly ProcessTraffic[] {
  return processes ?? [{ epoch, releases }];
}

function difference(now: ReleaseTraffic, then: ReleaseTraffic | undefined): ReleaseCounts {
  if (!then) return now;
  return {
    requests: now.requests - then.requests,
    failures: now.failures - then.failures,
    latency: zipped(
      now.latency,
      then.latency.map(({ atMost, count }) => ({ atMost, count: -count })),
    ),
  };
}

function sum(a: ReleaseCounts | undefined, b: ReleaseCounts): ReleaseCounts {
  const { requests, failures, latency } = b;
  if (!a) return { requests, failures, latency };
  return { requests: a.requests + requests, failures: a.failures + failures, latency: zipped(a.latency, latency) };
}

function zipped(a: readonly LatencyBucket[], b: readonly LatencyBucket[]): readonly LatencyBucket[] {
  const counts = new Map(a.map(({ atMost, count }) => [atMost, count]));
  for (const { atMost, count } of b) counts.set(atMost, (counts.get(atMost) ?? 0) + count);
  return Array.from(counts, ([atMost, count]) => ({ atMost, count })).filter(({ count }) => count !== 0);
}
