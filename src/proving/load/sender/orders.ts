// What a generator's processes are told, and what they tell.
import type { PhasePart } from '../../../decide/prove/phase.ts';
import type { LoadPhase } from '../../../model/proving/load.ts';
import type { LoadPlan } from '../../../model/proving/scenario.ts';

export type Order =
  | {
      readonly kind: 'phase';
      readonly plan: LoadPlan;
      readonly phase: LoadPhase;
      readonly seed: number;
      /** Which of how many: of the schedule, which all of them know, each sends every so-many-th request. */
      readonly index: number;
      readonly of: number;
      /** On the machine's monotonic clock, in milliseconds: the same for all. */
      readonly startAt: number;
    }
  /** Ends the phase at once; what is out is cut off. */
  | { readonly kind: 'stop' };

export type Told = { readonly kind: 'glance'; readonly glance: PartGlance } | { readonly kind: 'part'; readonly part: PhasePart };

export interface PartGlance {
  readonly at: number;
  readonly offered: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly inFlight: number;
  /** Buckets of what succeeded since the glance before. */
  readonly latencies: Uint16Array;
}

/** The clock of the whole machine: what `performance.now()` is to one process. Milliseconds. */
export function machineNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
