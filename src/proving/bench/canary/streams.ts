// Made-up traffic to two releases side by side, second by second and repeatable by its seed: what a verdict is tried on.
import type { Share } from '../../../base/units.ts';
import type { ReleaseCounts } from '../../../model/measurement.ts';
import type { LatencyBucket } from '../../../model/route.ts';

/** What both releases answered within one second. */
export interface Second {
  readonly baseline: ReleaseCounts;
  readonly canary: ReleaseCounts;
}

/** How a release behaves at a time (seconds since the start). */
export interface Behaviour {
  readonly errors: Share;
  /** Inverse distribution: the latency in milliseconds below which a share u of the requests stays. */
  readonly latency: (u: number) => number;
}

export interface Story {
  readonly name: string;
  readonly baseline: (second: number) => Behaviour;
  readonly canary: (second: number) => Behaviour;
}

/** Log-logistic with a median of 20 ms and p99 of 63 ms: one long tail as services have it. */
export const usualLatency = (u: number): number => 20 * (u / (1 - u)) ** 0.25;
export const usual: Behaviour = { errors: 0.005, latency: usualLatency };

/** The slowest twentieth takes twice as long, and the rest as long as before. */
export const slowTail = (u: number): number => usualLatency(u) * (u > 0.95 ? 2 : 1);

export class Stream {
  readonly #roll: () => number;
  readonly #story: Story;
  readonly #rates: { readonly baseline: number; readonly canary: number };

  /** Requests a second to each side, as a Poisson process. */
  constructor(story: Story, rates: { readonly baseline: number; readonly canary: number }, seed: number) {
    this.#story = story;
    this.#rates = rates;
    this.#roll = chance(seed);
  }

  second(at: number): Second {
    return {
      baseline: this.#answered(this.#rates.baseline, this.#story.baseline(at)),
      canary: this.#answered(this.#rates.canary, this.#story.canary(at)),
    };
  }

  #answered(rate: number, { errors, latency }: Behaviour): ReleaseCounts {
    const requests = this.#poisson(rate);
    const counts = new Map<number, number>();
    const bounds = boundsOf(latency);
    let failures = 0;
    for (let index = 0; index < requests; index += 1) {
      if (this.#roll() < errors) failures += 1;
      const bound = bounds[Math.floor(this.#roll() * slots)] ?? 0;
      counts.set(bound, (counts.get(bound) ?? 0) + 1);
    }
    const buckets = Array.from(counts, ([atMost, count]): LatencyBucket => ({ atMost, count }));
    return { requests, failures, latency: buckets };
  }

  /** Arrivals one by one: exact for any rate, and quick enough for those of a bench. */
  #poisson(rate: number): number {
    let count = -1;
    for (let time = 0; time < rate; count += 1) time -= Math.log(1 - this.#roll());
    return Math.max(0, count);
  }
}

const slots = 16_384;
const known = new Map<Behaviour['latency'], Float64Array>();

/** Bucket bounds of equally likely latencies. */
function boundsOf(latency: Behaviour['latency']): Float64Array {
  const found = known.get(latency);
  if (found) return found;
  const bounds = Float64Array.from({ length: slots }, (_, slot) => bucketBound(latency((slot + 0.5) / slots)));
  known.set(latency, bounds);
  return bounds;
}

/** Upper bound of a bucket that is at most 1/32 wide, like the gateway's. */
export function bucketBound(milliseconds: number): number {
  const width = 2 ** (Math.floor(Math.log2(milliseconds)) - 5);
  return (Math.floor(milliseconds / width) + 1) * width;
}

/** sfc32 (C. Doty-Humphrey, PractRand; public domain), which passes the usual batteries and is quick without 64-bit numbers. 0 ≤ x < 1. */
export function chance(seed: number): () => number {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  const roll = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let warm = 0; warm < 15; warm += 1) roll();
  return roll;
}
