// What was measured of releases side by side, and the verdict that was drawn from it.
import type { LatencyBucket } from './route.ts';

/** What one release answered in some time. */
export interface ReleaseCounts {
  readonly requests: number;
  readonly failures: number;
  /** Upper bounds in milliseconds and counts per bucket, not cumulative. */
  readonly latency: readonly LatencyBucket[];
}

export const noCounts: ReleaseCounts = { requests: 0, failures: 0, latency: [] };

/** Values of a metric that is not counted by the gateway, taken since the look before. */
export interface MetricSamples {
  readonly metric: string;
  readonly baseline?: readonly number[];
  readonly canary: readonly number[];
  /** Why there are no values (the source does not answer, or does not know the metric). */
  readonly missing?: string;
}

/** Values of one moment. */
export interface TimedSamples extends MetricSamples {
  readonly at: number;
}

/** `inconclusive` also stands for "go on". */
export type VerdictWord = 'pass' | 'fail' | 'inconclusive';

export interface MetricVerdict {
  /** `errors`, `latency.p99`, or the name of another metric. */
  readonly metric: string;
  readonly verdict: VerdictWord;
  /** One sentence with the numbers, and how many requests are still needed. */
  readonly message: string;
  readonly facts: Readonly<Record<string, number>>;
  /** It decides nothing. */
  readonly dryRun?: boolean;
}

export interface Verdict {
  /** `fail` when any metric that decides fails, `pass` when every one of them passes. */
  readonly verdict: VerdictWord;
  readonly metrics: readonly MetricVerdict[];
  readonly message: string;
  readonly at: number;
  /** Further looks cannot change it: it failed, or the time for the analysis is over. */
  readonly final: boolean;
}
