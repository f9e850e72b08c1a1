// How a release takes over from the one before it, as an environment resolves it.
import type { Duration, Share } from '../../base/units.ts';
import type { MetricSource } from '../scale.ts';
import type { SampledSpec } from './sampled.ts';

export type Strategy = RollingStrategy | BlueGreenStrategy | CanaryStrategy;

/** What holds for every kind. */
interface Course {
  /** Absent: a release whose instances are not ready in time is taken back. `keep`: it stays as it is, paused, for somebody to look at. */
  readonly onDeadline?: 'keep';
}

/** Of kinds that have both releases up beside each other. */
interface SideBySide extends Course {
  /** How long the new release's instances stay, without traffic, once a deployment has gone back; `keep`: until the next one. Absent: they go at once. */
  readonly abortScaleDown?: Duration | 'keep';
}

export interface RollingStrategy extends Course {
  readonly kind: 'rolling';
  /** Instances above the wanted number while rolling. */
  readonly surge: number;
  /** Instances below the wanted number while rolling. */
  readonly unavailable: number;
  /** After the last switch, how long the new release is watched before the deployment counts as succeeded. */
  readonly bake: Duration;
  /** Share of the wanted number that may fail, counted from the start of the deployment to the end of the bake; absent: two on the way, and none after it. */
  readonly maxFailureRatio?: Share;
  /** The last old instance stays until the new release has passed. */
  readonly analysis?: AnalysisSpec;
}

/** There is no analysis: after a switch at once nobody is left to compare with at the same time. */
export interface BlueGreenStrategy extends SideBySide {
  readonly kind: 'blue-green';
  readonly bake: Duration;
  /** How long the old release stays up after the switch, at its full size: until then going back is instant. */
  readonly warm: Duration;
  /** `manual`: the switch waits for somebody who says `promote`. */
  readonly promote: 'auto' | 'manual';
  readonly preview?: PreviewSpec;
}

/** How the new side can be looked at before the switch. */
export interface PreviewSpec {
  readonly host: string;
  readonly path: string;
  /** Instances of the new side while it is looked at; absent: all. The others are there before the switch. */
  readonly replicas?: number;
}

export interface CanaryStrategy extends SideBySide {
  readonly kind: 'canary';
  /** At least one; shares do not shrink, and the last is 1. */
  readonly steps: readonly CanaryStep[];
  readonly bake: Duration;
  readonly analysis?: AnalysisSpec;
  readonly sticky?: 'cookie';
  /** The old release shrinks while its share does; going back must then wait for its capacity. */
  readonly dynamic?: boolean;
}

export interface CanaryStep {
  /** Share of the traffic. */
  readonly weight: Share;
  /** How long this share lasts at least; `people`: until somebody says `promote`. */
  readonly pause?: Duration | 'people';
  /** Requests that reach the new release whatever its share, from this step on. */
  readonly match?: StepMatch;
  /** Share of the safe requests that are copied to the new release during this step. */
  readonly mirror?: Share;
}

/** In the form of `RequestMatch` of the route table. */
export type StepMatch =
  | { readonly kind: 'header'; readonly name: string; readonly equals: readonly string[] }
  | { readonly kind: 'header'; readonly name: string; readonly like: string }
  | { readonly kind: 'cookie'; readonly name: string; readonly equals: readonly string[] };

export interface AnalysisSpec {
  /** Percentage points by which the share of failed requests may be above the old release's. */
  readonly errors?: { readonly worseBy: Share };
  readonly latency?: Readonly<Record<string, { readonly worseBy: Share }>>;
  /** Known by other systems. */
  readonly metrics?: readonly AnalysisMetric[];
  readonly confidence: Share;
  /** Time under judgement, over all steps; without a verdict after it the deployment ends as inconclusive. */
  readonly atMost: Duration;
  /** A step before the last one goes on after so long without a fail, though it has not passed; absent: it waits for its pass. */
  readonly stepAtMost?: Duration;
  /** Of a canary: what it is compared with is a part of the old release that is as large, as young and has the same share; absent: all of the old release. */
  readonly baseline?: 'equal';
  /** Steps do not wait for a verdict, only the last one does; without one at the end it waits for people. */
  readonly background?: boolean;
}

/** `{{release}}` in the source's query or address stands for the release that is asked about. */
export interface AnalysisMetric extends SampledSpec {
  readonly source: MetricSource;
  /** Between two values. */
  readonly every: Duration;
}
