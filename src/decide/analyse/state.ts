// The memory of an analysis between two looks: plain JSON, a few kilobytes, stored with the deployment.
import type { AnalysisSpec } from '../../model/service.ts';

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
  /** The newest values; the oldest are dropped. */
  readonly baseline: readonly number[];
  readonly canary: readonly number[];
  /** How often it was tested, and how many values it takes to test again. */
  readonly tests: number;
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

/** How many metrics a verdict is drawn from: each gets that part of the permitted false alarms (union bound). */
export function countMetrics(spec: AnalysisSpec, others: number): number {
  return (spec.errors ? 1 : 0) + Object.keys(spec.latency ?? {}).length + others;
}
