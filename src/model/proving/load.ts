// Load as data: when requests arrive, and what one phase of it left behind – raw counts, from which every figure can be computed again.
import type { Duration } from '../../base/units.ts';

/** When requests arrive. Rates are a second; open loop except `users`. */
export type Arrivals =
  | { readonly kind: 'constant'; readonly rate: number }
  | { readonly kind: 'poisson'; readonly rate: number }
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number }
  | { readonly kind: 'spike'; readonly base: number; readonly peak: number; readonly at: Duration; readonly lasts: Duration }
  | { readonly kind: 'sine'; readonly base: number; readonly amplitude: number; readonly period: Duration }
  /** A recorded rate: one number for each second. */
  | { readonly kind: 'replay'; readonly rates: readonly number[] }
  /** Closed loop: so many users, each thinks between an answer and its next request. */
  | { readonly kind: 'users'; readonly users: number; readonly think: Duration };

export interface LoadPhase {
  /** `moderate`, `step 12`: unique in its trial. */
  readonly name: string;
  readonly arrivals: Arrivals;
  readonly lasts: Duration;
}

/**
 * A histogram of whole microseconds by logarithmic buckets (HDR, three significant digits): merged exactly by adding counts, never averaged.
 * `counts` are pairs of bucket index and count, ascending, without zeros.
 */
export interface Buckets {
  readonly unit: 'us';
  readonly digits: 3;
  readonly counts: readonly (readonly [index: number, count: number])[];
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

/** A slice of a phase by intended start, 200 ms wide unless the exhibit says otherwise. */
export interface LoadWindow {
  /** Milliseconds since the phase's start. */
  readonly at: Duration;
  readonly intended: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Milliseconds from the intended start, of what succeeded; absent when nothing did. */
  readonly p50?: number;
  readonly p99?: number;
  /** Requests that had no answer yet when the window ended. */
  readonly inFlight: number;
}

/** What the generator says of itself. */
export interface GeneratorWatch {
  /** How late requests left, against their intended start. */
  readonly lag: Buckets;
  /** Of one core, 0 … 1 and more for several workers. */
  readonly cpu: number;
  /** False: the phase is `not_measured`, whatever it shows. */
  readonly kept: boolean;
  /** Why not. */
  readonly because?: string;
}

export interface Slice {
  readonly succeeded: number;
  readonly failed: number;
  readonly latency: Buckets;
}

/** The raw outcome of one phase (`load-phase/1` in a bundle of evidence). */
export interface PhaseExhibit {
  readonly format: 'load-phase/1';
  readonly name: string;
  readonly seed: number;
  readonly arrivals: Arrivals;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** As asked for, and as it was. */
  readonly lasts: Duration;
  readonly lasted: Duration;
  /** Scheduled arrivals that fell into the phase. offered = sent + dropped; sent = succeeded + failed + timedOut + unanswered. */
  readonly offered: number;
  readonly sent: number;
  readonly dropped: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  /** Cut off at the end of the phase's patience. */
  readonly unanswered: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** What went wrong, counted by kind (`503 no_upstream`, `ECONNRESET`, `timeout`, `check: body has no "ok"`). */
  readonly failures: Readonly<Record<string, number>>;
  /** From the intended start, of what succeeded. */
  readonly latency: Buckets;
  /** From when it really left. */
  readonly service: Buckets;
  readonly windowWidth: Duration;
  readonly windows: readonly LoadWindow[];
  readonly byRequest: Readonly<Record<string, Slice>>;
  readonly byRelease: Readonly<Record<string, Slice>>;
  readonly byInstance: Readonly<Record<string, Slice>>;
  readonly generator: GeneratorWatch;
}
