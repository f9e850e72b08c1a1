// The socket for what breaks things on purpose: each fault is announced in a journal before it starts, seen to act, and undone whatever happens.
import type { Fault, FaultAbility, FaultTarget, Injection } from '../model/proving/fault.ts';

export interface Faults {
  /** `process`, `docker`, `proxy`, `gateway` */
  readonly name: string;
  /** What it can do to such a target on this machine, and why not. */
  abilities(target: FaultTarget['kind']): Promise<readonly FaultAbility[]>;
  /**
   * Does it. `note` stores what `undo` will need and has returned before anything is broken. Errors: `unsupported` (not here),
   * `denied` (not to this target), `not_found` (the target is gone).
   */
  inject(fault: Fault, note: (undo: UndoNote) => Promise<void>, signal: AbortSignal): Promise<RunningFault>;
  /** Undoes by a note alone, in whatever process: after a crash of whoever injected. Idempotent. */
  undo(note: UndoNote): Promise<void>;
}

export interface RunningFault {
  /** A check that can fail: whether the fault acts now. */
  verify(signal: AbortSignal): Promise<{ readonly acts: boolean; readonly seen: string }>;
  /** Ends it; resolves with what is known of it, when a check has seen that it is over. Idempotent. */
  end(): Promise<Injection>;
}

/** Plain data that survives a crash; the fault's own expiry, where the kernel has one, comes on top. */
export interface UndoNote {
  readonly driver: string;
  readonly id: string;
  readonly fault: Fault;
  /** What is needed to undo it: pids with start times, tables, files. */
  readonly state: Readonly<Record<string, string | number>>;
}
