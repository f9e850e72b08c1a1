// What a scale trial leaves behind beside its phases: how many replicas served each of them, and what they used.
import type { Bytes, Duration } from '../../base/units.ts';

export interface ScaleStep {
  /**
   * `round`: throughput at so many replicas; `even`: arrivals well below that, from which evenness is told; `users`: a closed loop of many users.
   */
  readonly kind: 'round' | 'even' | 'users';
  readonly exhibit: string;
  readonly replicas: number;
  /** Of the service, ready when the step began: whoever got no request is named here. */
  readonly instances: readonly string[];
  /** How long it took before the step until each of them had answered somebody; absent: one of them never did while that was waited for. */
  readonly joined?: Duration;
  /** Processor seconds of all instances during the step, and their memory at its end; absent where the runtime does not tell. */
  readonly cpu?: number;
  readonly memory?: Bytes;
  readonly stopped?: string;
}

/** How long something took: `scale_*` from being asked for, `autoscale_*` from the load that calls for it, `discovery` from being ready. */
export interface Timed {
  readonly what: 'scale_up' | 'scale_down' | 'autoscale_up' | 'autoscale_down' | 'discovery';
  /** Milliseconds; absent: it did not happen while it was watched. */
  readonly took?: Duration;
  readonly watched: Duration;
}

/** `scale-run/1` */
export interface ScaleRun {
  readonly format: 'scale-run/1';
  readonly profile: string;
  readonly seed: number;
  readonly service: string;
  /** Cores of the machine that instances, gateway and generator share, and whether instances had a quota of their own. */
  readonly machine: { readonly cores: number; readonly quota?: number };
  readonly steps: readonly ScaleStep[];
  readonly timed: readonly Timed[];
  readonly stopped?: string;
}
