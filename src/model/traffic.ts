// How the gateway treats a service's requests: times, retries, ejection, limits. What is absent is not limited, or as the gateway does by default.
import type { Bytes, Duration, Share } from '../base/units.ts';

export interface TrafficPolicy {
  /** How long a request waits while its service has no upstream, before 503. */
  readonly hold: Duration;
  readonly connectTimeout: Duration;
  /** From the last byte of the request to the first byte of the response. */
  readonly responseTimeout: Duration;
  /** Without a byte in either direction. */
  readonly idleTimeout: Duration;
  readonly maxBody?: Bytes;
  /** How long requests in flight may go on at an instance that left the table; then they end with 504. Absent: until it is stopped. */
  readonly drain?: Duration;
  readonly retries?: RetryPolicy;
  readonly eject?: EjectPolicy;
  readonly limit?: LimitPolicy;
  readonly rate?: RatePolicy;
  /**
   * The service may be scaled to nothing: requests that find no instance wait for one this long instead of `hold`, at most so many at once
   * (more get 503). `TrafficObservation.waiting` tells of them.
   */
  readonly wake?: { readonly hold: Duration; readonly most: number };
}

/** Only requests that no application has seen, or whose repetition does no harm, are tried again. */
export interface RetryPolicy {
  /** Tries in all; 1: never again. */
  readonly attempts: number;
  /** Of the service's requests of the last 10 s, how many may be second tries; 3 a second always may. */
  readonly share: Share;
}

/** An instance that cannot be reached, or does not speak HTTP, so often in a row is left alone for a while (outlier ejection). */
export interface EjectPolicy {
  /** Failures in a row; 0: never. */
  readonly failures: number;
  /** The first time; it doubles with every further one, up to `longest`. */
  readonly time: Duration;
  readonly longest: Duration;
  /** Of the instances that take requests, how many may be out at once; one may always, and never all. */
  readonly share: Share;
}

/** Bounds the work that waits in instances which have become slow (a bulkhead): what is too much is told so at once. */
export interface LimitPolicy {
  /** Requests and tunnels in flight per instance. */
  readonly inFlight: number;
  /** Requests that wait for a place, in all; more get 503 with Retry-After. */
  readonly queue: number;
  /** How long one waits for a place, before 503. */
  readonly wait: Duration;
}

/** A token bucket: `burst` at once, refilled with `perSecond`; more get 429 with Retry-After. */
export interface RatePolicy {
  readonly perSecond: number;
  readonly burst: number;
  /** Whose bucket: one for each client address (IPv6: network of 64 bits), for each value of a header (without it: of the address), or one for all. */
  readonly by: { readonly kind: 'address' } | { readonly kind: 'header'; readonly name: string } | { readonly kind: 'service' };
}

export const defaultTrafficPolicy: TrafficPolicy = {
  hold: 5_000,
  connectTimeout: 2_000,
  responseTimeout: 60_000,
  idleTimeout: 300_000,
};

export const defaultRetries: RetryPolicy = { attempts: 4, share: 0.2 };

export const defaultEject: EjectPolicy = { failures: 3, time: 1_000, longest: 30_000, share: 1 };
