// What a stress trial leaves behind beside its phases: what each of them was for, and what was seen next to them.
import type { Bytes, Duration, Share } from '../../base/units.ts';

export type StressStepKind = 'warm' | 'knee' | 'ramp' | 'phase' | 'breaking' | 'drop';

export interface StressStep {
  readonly kind: StressStepKind;
  /** `phases/knee-03.json` */
  readonly exhibit: string;
  /** Of a `phase`: idle, light, … */
  readonly phase?: string;
  /** A limit that ended it early, in words. */
  readonly stopped?: string;
}

export interface MemorySeries {
  readonly instance: string;
  /** Epoch milliseconds and bytes in use. */
  readonly samples: readonly (readonly [at: number, bytes: Bytes])[];
}

/** `stress-run/1`: with the phases it names, everything that the figures are computed from. */
export interface StressRun {
  readonly format: 'stress-run/1';
  readonly profile: string;
  readonly seed: number;
  readonly slo: { readonly p99: Duration; readonly errors: Share };
  /** Share of good answers that the moderate phase is to show. */
  readonly availability: Share;
  readonly search: {
    readonly start: number;
    readonly least: number;
    readonly most: number;
    readonly factor: number;
    readonly precision: number;
    readonly confirmations: number;
  };
  readonly stair: { readonly rise: number; readonly most: number; readonly falls: number };
  /** In their order. */
  readonly steps: readonly StressStep[];
  /** Milliseconds since the start of the drop's phase at which the overload ended. */
  readonly droppedAt?: Duration;
  readonly memory: readonly MemorySeries[];
  /** Exhibits of the experiments of the last phase; absent: no faults were to be had. */
  readonly experiments?: readonly string[];
  /** What ended the whole of it early. */
  readonly stopped?: string;
}
