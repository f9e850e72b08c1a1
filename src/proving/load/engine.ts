// What trials ask of a generator of load, whoever it is: one phase after the other, and what each left behind.
import type { LoadPhase, PhaseExhibit } from '../../model/proving/load.ts';
import type { LoadPlan } from '../../model/proving/scenario.ts';

export interface LoadEngine {
  /**
   * Sends one phase and waits for its answers. Resolves also when `signal` is aborted: with what there is by then, `lasted` shorter than
   * `lasts`. `live` is told four times a second how it goes. One phase at a time. Rejects when the generator itself breaks.
   */
  run(phase: LoadPhase, signal: AbortSignal, live?: (glance: LoadGlance) => void): Promise<PhaseExhibit>;
  /** Ends its processes. Idempotent. */
  close(): Promise<void>;
}

/** How a running phase goes: sums since its start, and latencies since the glance before. */
export interface LoadGlance {
  /** Milliseconds since the phase's start. */
  readonly at: number;
  readonly offered: number;
  readonly succeeded: number;
  /** Failed, timed out or dropped. */
  readonly failed: number;
  readonly inFlight: number;
  /** Milliseconds, from the intended start; absent when nothing succeeded since. */
  readonly p50?: number;
  readonly p99?: number;
}

export type OpenLoadEngine = (plan: LoadPlan) => LoadEngine;
