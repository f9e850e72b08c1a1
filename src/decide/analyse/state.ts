// The memory of an analysis between two looks: plain JSON, a few kilobytes, stored with the deployment.
import type { SampledSpec } from '../../model/rollout/sampled.ts';

/** How many requests there were, and how many of them did what is counted (failed; took longer than a bound). */
export interface Tally {
  readonly of: number;
  readonly hit: number;
}

/** One hypothesis under test: both sides' totals, and what each bet against it has become (natural logarithms of wealth that began with 1 in all). */
export interface Evidence {
  readonly baseline: Tally;
  readonly canary: Tally;
  readonly logs: readonly number[];
}

export interface CountedMetric {
  /** Against "the new release is not worse than allowed"; enough of it is a `fail`. */
  readonly worse: Evidence;
  /** Against "the new release is worse than allowed"; enough of it is a `pass`. */
  readonly fine: Evidence;
  readonly decided?: 'pass' | 'fail';
}

/** Bucket bounds in milliseconds with their (aged) counts, ascending. */
export type Histogram = readonly (readonly [atMost: number, count: number])[];

export interface SampledMetric {
  readonly spec: SampledSpec;
  /** The newest values; the oldest are dropped. */
  readonly baseline: readonly number[];
  readonly canary: readonly number[];
  /** Values of either side in all. */
  readonly seen: { readonly baseline: number; readonly canary: number };
  readonly tests: number;
  /** How many values of each side the next test waits for. */
  readonly nextAt: number;
  /** Why the last look brought no values. */
  readonly missing?: string;
  /** It was not named when the analysis began. */
  readonly unknown?: true;
  readonly decided?: 'pass' | 'fail';
}

/** Belongs to one revision: another one begins anew, a pause or a restart of the engine goes on with it. */
export interface AnalysisState {
  readonly startedAt: number;
  readonly lookedAt: number;
  readonly looks: number;
  /** By metric: `errors`, `latency.p99`. */
  readonly counted: Readonly<Record<string, CountedMetric>>;
  /** By metric, those named when the analysis began. */
  readonly sampled: Readonly<Record<string, SampledMetric>>;
  readonly latency: { readonly baseline: Histogram; readonly canary: Histogram };
}
