// The book of trials: what was begun and what came of it, and the chain in which every attempt stays to be seen.
import type { Scope } from '../instance.ts';
import type { Figure, Unmeasured } from './figure.ts';
import type { Exhibit, MachineWatch, TrialKind, TrialVerdict } from './trial.ts';

/** A trial as the book knows it. */
export interface TrialEntry {
  /** `shop-staging-p7` */
  readonly id: string;
  readonly number: number;
  readonly scope: Scope;
  readonly kind: TrialKind;
  readonly profile: string;
  readonly seed: number;
  /** The trial that it is a part of. */
  readonly within?: string;
  readonly runtime: string;
  /** Service → release that was live when it began. */
  readonly releases: Readonly<Record<string, string>>;
  /** The blast radius as it was announced: one line for each thing that may be felt. */
  readonly touches: readonly string[];
  /** Milliseconds that it was said to take at most. */
  readonly lasts: number;
  readonly by: string;
  /** The plan that was approved for it. */
  readonly plan?: string;
  readonly startedAt: number;
  readonly ended?: TrialEnd;
}

export interface TrialEnd {
  readonly at: number;
  readonly by: string;
  readonly verdict: TrialVerdict;
  readonly figures: readonly Figure[];
  readonly unmeasured: readonly Unmeasured[];
  readonly machine?: MachineWatch;
  readonly exhibits: readonly Exhibit[];
  /** Merkle root over the exhibits. */
  readonly root: string;
}

/** One link of an environment's chain: a trial began, or ended. Small, so that a certificate can carry all of them. */
export interface Attempt {
  /** 1, 2, 3 … without gaps. */
  readonly sequence: number;
  readonly at: number;
  readonly phase: 'begun' | 'ended';
  readonly trial: string;
  readonly kind: TrialKind;
  readonly profile: string;
  readonly by: string;
  readonly verdict?: TrialVerdict;
  readonly root?: string;
  /** Digest of the entry as it was then. */
  readonly entry: string;
  /** Hash of the link before; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256 over the canonical JSON of all other members. */
  readonly hash: string;
}
