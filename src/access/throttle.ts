// How often one caller may call: a token bucket each, so that a burst passes and a flood does not.
import type { Clock } from '../base/clock.ts';
import { CodeError } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';

export interface Allowance {
  /** Calls a second in the long run. */
  readonly rate: number;
  /** Calls at once after a pause. */
  readonly burst: number;
}

export interface Bucket {
  /** Calls left at `at`, not always whole. */
  readonly level: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export type Draw =
  | { readonly kind: 'passed'; readonly bucket: Bucket }
  | { readonly kind: 'limited'; readonly bucket: Bucket; readonly retryAfter: Duration };

/** One call out of a bucket; `undefined` is a caller never seen. A clock that goes back refills nothing. */
export function draw(bucket: Bucket | undefined, { rate, burst }: Allowance, now: number): Draw {
  const { level, at } = refilled(bucket, { rate, burst }, now);
  if (level >= 1) return { kind: 'passed', bucket: { level: level - 1, at } };
  return { kind: 'limited', bucket: { level, at }, retryAfter: Math.ceil(((1 - level) / rate) * 1000) };
}

function refilled(bucket: Bucket | undefined, { rate, burst }: Allowance, now: number): Bucket {
  if (!bucket) return { level: burst, at: now };
  const passed = Math.max(0, now - bucket.at);
  return { level: Math.min(burst, bucket.level + (passed * rate) / 1000), at: now };
}

export interface Throttle {
  /** Counts one call of this caller. Errors: `rate_limited` (details: retry_after_ms). */
  take(caller: string): void;
}

export interface ThrottleOptions {
  readonly clock: Clock;
  readonly allowance?: Allowance;
  /** Callers remembered at once; beyond it, those whose bucket is full again are forgotten, which changes nothing for them. */
  readonly callers?: number;
}

const standard: Allowance = { rate: 100, burst: 400 };

export function createThrottle({ clock, allowance = standard, callers = 10_000 }: ThrottleOptions): Throttle {
  const buckets = new Map<string, Bucket>();
  const forgetFull = (now: number) => {
    for (const [caller, bucket] of buckets) if (refilled(bucket, allowance, now).level >= allowance.burst) buckets.delete(caller);
  };
  return {
    take(caller) {
      const now = clock.now();
      const drawn = draw(buckets.get(caller), allowance, now);
      if (!buckets.has(caller) && buckets.size >= callers) forgetFull(now);
      buckets.set(caller, drawn.bucket);
      if (drawn.kind === 'limited') throw limited(caller, allowance, drawn.retryAfter);
    },
  };
}

function limited(caller: string, { rate }: Allowance, retryAfter: Duration): CodeError {
  return new CodeError('rate_limited', `${caller} called more often than ${rate} times a second.`, {
    hint: `Wait ${retryAfter} ms, then try again.`,
    details: { retry_after_ms: retryAfter },
  });
}
