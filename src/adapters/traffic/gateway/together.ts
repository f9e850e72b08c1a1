// What several processes of one gateway observe, told as one.
import type { LatencyBucket, ReleaseTraffic, ServiceTraffic, TrafficObservation } from '../../../model/route.ts';

/** Counters and what is in flight add up; taken out is what any took out; the table in force is the oldest that anybody follows. */
export function together(seen: readonly [TrafficObservation, ...TrafficObservation[]]): TrafficObservation {
  const [first, ...others] = seen;
  if (others.length === 0) return first;
  const versions = seen.map((one) => one.version);
  const [oldest, newest] = [Math.min(...versions), Math.max(...versions)];
  return {
    ...first,
    version: oldest,
    ...(newest !== oldest && { newest }),
    epoch: seen.map((one) => one.epoch).join('+'),
    releases: releasesOf(seen.flatMap((one) => one.releases)),
    mirrors: releasesOf(seen.flatMap((one) => one.mirrors)),
    chosen: releasesOf(seen.flatMap((one) => one.chosen ?? [])),
    services: servicesOf(seen.flatMap((one) => one.services)),
    inFlight: merged(seen.map((one) => one.inFlight)),
    waiting: merged(seen.map((one) => one.waiting)),
    ejected: merged(
      seen.map((one) => one.ejected),
      Math.max,
    ),
    processes: seen.map(({ epoch, releases }) => ({ epoch, releases })),
  };
}

function merged(
  parts: readonly Readonly<Record<string, number>>[],
  join = (a: number, b: number): number => a + b,
): Readonly<Record<string, number>> {
  const all = new Map<string, number>();
  for (const [key, value] of parts.flatMap((part) => Object.entries(part))) {
    const known = all.get(key);
    all.set(key, known === undefined ? value : join(known, value));
  }
  return Object.fromEntries(all);
}

function servicesOf(parts: readonly ServiceTraffic[]): readonly ServiceTraffic[] {
  return joined(
    parts,
    ({ service }) => service,
    (one, other) => ({ ...one, ...merged([countsOf(one), countsOf(other)]) }),
  );
}

function countsOf(one: ServiceTraffic): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(one).filter((member): member is [string, number] => typeof member[1] === 'number'));
}

function releasesOf(parts: readonly ReleaseTraffic[]): readonly ReleaseTraffic[] {
  return joined(parts, ({ service, release }) => JSON.stringify([service, release]), sum);
}

function joined<T>(parts: readonly T[], keyOf: (part: T) => string, join: (one: T, other: T) => T): readonly T[] {
  const all = new Map<string, T>();
  for (const one of parts) {
    const key = keyOf(one);
    const known = all.get(key);
    all.set(key, known === undefined ? one : join(known, one));
  }
  return [...all.values()];
}

function sum(one: ReleaseTraffic, other: ReleaseTraffic): ReleaseTraffic {
  const latency = new Map<number, number>();
  for (const { atMost, count } of [...one.latency, ...other.latency]) latency.set(atMost, (latency.get(atMost) ?? 0) + count);
  return {
    ...one,
    requests: one.requests + other.requests,
    failures: one.failures + other.failures,
    latency: [...latency].sort(([a], [b]) => a - b).map(([atMost, count]): LatencyBucket => ({ atMost, count })),
  };
}
