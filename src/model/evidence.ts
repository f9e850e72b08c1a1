// What one look of an analysis saw: kept beside the deployment, so that other thresholds can be tried on it later.
import type { ReleaseCounts, TimedSamples } from './measurement.ts';

export interface EvidenceWindow {
  readonly service: string;
  /** Between which moments both releases were counted. */
  readonly from: number;
  readonly to: number;
  /** The first look of a step of a course. */
  readonly begins: boolean;
  readonly baseline: ReleaseCounts;
  readonly canary: ReleaseCounts;
  /** Values of metrics that other systems know. */
  readonly samples: readonly TimedSamples[];
}
