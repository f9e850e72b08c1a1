// How the number of a service's instances follows its load: what the manifest asks for, and what a decision looked at.
import type { Duration, Share } from '../base/units.ts';

export interface ScaleSpec {
  /** 0 lets the service go when nobody asks for it; see `zeroAfter`. */
  readonly min: number;
  readonly max: number;
  readonly targets: ScaleTargets;
  /** How often it is measured and decided. */
  readonly every: Duration;
  /** How far from its target a measurement may be without a change. */
  readonly tolerance: Share;
  readonly up: ScaleBehaviour;
  readonly down: ScaleBehaviour;
  /** Raised minimums at times of the day or week. */
  readonly schedule: readonly ScaleWindow[];
  /** With `min: 0`: how long nothing may have been asked for before the last instance goes. */
  readonly zeroAfter: Duration;
}

/** What is to be held; each asks for a number of instances, and the largest wins. */
export interface ScaleTargets {
  /** Share of the CPU limit (of one core without a limit) that an instance uses on average. */
  readonly cpu?: Share;
  /** Share of the memory limit. */
  readonly memory?: Share;
  /** Per instance. */
  readonly requestsPerSecond?: number;
  /** Requests in flight and waiting, per instance. */
  readonly concurrency?: number;
  /** Percentile (`p95`) → milliseconds, as the gateway measures them. */
  readonly latency?: Readonly<Record<string, Duration>>;
  readonly queue?: QueueTarget;
}

/** Work that waits somewhere else, told by another system. */
export interface QueueTarget {
  readonly source: MetricSource;
  /** Per instance. */
  readonly target: number;
  /** At least so many instances while the source does not answer. */
  readonly fallback?: number;
}

export type MetricSource =
  | { readonly kind: 'prometheus'; readonly url: string; readonly query: string }
  | { readonly kind: 'webhook'; readonly url: string };

export interface ScaleBehaviour {
  /** The least (up) or the most (down) that was asked for in this time is what counts: it damps what comes and goes. */
  readonly window: Duration;
  /** How fast it may go; the rate that allows most counts, and without any it does not go this way by itself. */
  readonly rates: readonly ScaleRate[];
}

export type ScaleRate =
  | { readonly kind: 'instances'; readonly instances: number; readonly per: Duration }
  | { readonly kind: 'share'; readonly share: Share; readonly per: Duration };

export interface ScaleWindow {
  /** Minute, hour, day of the month, month, day of the week: when it begins. */
  readonly cron: string;
  /** Of the IANA data base (`Europe/Berlin`). */
  readonly timeZone: string;
  readonly lasts: Duration;
  readonly min: number;
}

/** Set by people: the size stays (`at`), or goes one way only. */
export type ScalePause = (
  | { readonly kind: 'at'; readonly replicas: number }
  /** Never fewer. */
  | { readonly kind: 'in' }
  /** Never more. */
  | { readonly kind: 'out' }
) & { readonly by: string; readonly since: number };

/** What one target asked for. */
export interface ScaleReading {
  /** `cpu`, `requests_per_second`, `latency p95`, `queue` … */
  readonly name: string;
  /** Measured, in the unit of its target and per instance where the target is; absent when it could not be. */
  readonly value?: number;
  readonly target: number;
  /** The number of instances that it asks for; absent when it says nothing. */
  readonly asks?: number;
  /** Why there is no value. */
  readonly because?: string;
}

/** The last decision about a service, for people. */
export interface ScaleReport {
  readonly service: string;
  readonly current: number;
  readonly wanted: number;
  readonly min: number;
  readonly max: number;
  /** One sentence. */
  readonly reason: string;
  readonly readings: readonly ScaleReading[];
  /** Milliseconds since the epoch; 0 when nothing was decided yet. */
  readonly at: number;
  readonly pause?: ScalePause;
}

/** What one instance used, as a share of what it may use, or why it does not count. */
export interface InstanceUse {
  readonly state: 'ready' | 'unready';
  /** In the unit of the target; absent: not measured (yet). */
  readonly used?: number;
}
