// A trial of what is deployed: what was asked, what came of it, and its place in the chain of all attempts.
export type TrialKind = 'load' | 'stress' | 'chaos' | 'scale' | 'security' | 'certification';

export type TrialVerdict =
  | 'passed'
  | 'failed'
  /** The trial itself went wrong: a fault that was not seen to act, a generator that could not start. */
  | 'errored'
  | 'inconclusive'
  /** The machine was too noisy for any of it to count. */
  | 'invalid'
  | 'interrupted';

/** A file of raw evidence in the trial's bundle. */
export interface Exhibit {
  /** `phases/moderate.json` */
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
}

export interface MachineWatch {
  /** Share of CPU time that neither the trial nor its target used, and of time stolen by the host. */
  readonly foreign: number;
  readonly stolen: number;
  readonly valid: boolean;
  readonly because?: string;
}
