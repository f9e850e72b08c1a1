// Counts what a release answered, and how long it took, in buckets whose width grows with the value.
import type { LatencyBucket, ReleaseTraffic } from '../../model/route.ts';

// Log-linear, as in HdrHistogram: exact to 1/64 ms below 1 ms, then 32 buckets per doubling, so never more than 3.2 % off.
const perMillisecond = 64;
const linear = 64;
const perDoubling = 32;
const largest = 2 ** 31 - 1;
const buckets = linear + (31 - 6) * perDoubling;

export function bucketOf(milliseconds: number): number {
  const units = Math.min(largest, Math.max(0, Math.floor(milliseconds * perMillisecond)));
  if (units < linear) return units;
  const exponent = 31 - Math.clz32(units);
  return linear + (exponent - 6) * perDoubling + ((units >> (exponent - 5)) & (perDoubling - 1));
}

/** Upper bound of a bucket in milliseconds. */
export function bucketBound(index: number): number {
  if (index < linear) return (index + 1) / perMillisecond;
  const doubling = Math.floor((index - linear) / perDoubling);
  const step = (index - linear) % perDoubling;
  return ((perDoubling + step + 1) * 2 ** (doubling + 1)) / perMillisecond;
}

export class ReleaseMeter {
  readonly service: string;
  readonly release: string;
  #requests = 0;
  #failures = 0;
  readonly #counts = new Float64Array(buckets);

  constructor(service: string, release: string) {
    this.service = service;
    this.release = release;
  }

  record(milliseconds: number, failed: boolean): void {
    this.#requests++;
    if (failed) this.#failures++;
    const bucket = bucketOf(milliseconds);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  read(): ReleaseTraffic {
    const latency: LatencyBucket[] = [];
    for (const [index, count] of this.#counts.entries()) if (count > 0) latency.push({ atMost: bucketBound(index), count });
    return { service: this.service, release: this.release, requests: this.#requests, failures: this.#failures, latency };
  }
}

/** Meters outlive the table that named them, so that the last numbers of a drained release can still be read. */
export class Meters {
  readonly #meters = new Map<string, ReleaseMeter>();

  for(service: string, release: string): ReleaseMeter {
    const key = `${service} ${release}`;
    const meter = this.#meters.get(key) ?? new ReleaseMeter(service, release);
    // Taken out and put back: the map's order is then the order of last use.
    this.#meters.delete(key);
    this.#meters.set(key, meter);
    return meter;
  }

  /** Forgets the longest unused beyond `keep`. */
  prune(keep: number): void {
    for (const key of this.#meters.keys()) {
      if (this.#meters.size <= keep) return;
      this.#meters.delete(key);
    }
  }

  read(): readonly ReleaseTraffic[] {
    return Array.from(this.#meters.values(), (meter) => meter.read());
  }
}
