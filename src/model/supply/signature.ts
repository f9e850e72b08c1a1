// Who signed an artifact, and what a plan knows of what it would ship.
import type { Digest } from '../../base/digest.ts';
import type { Measured } from './component.ts';

/** A signature that somebody brought. It counts for nothing until a key that is trusted here fits. */
export interface Attestation {
  /** Of the snapshot, or of the image. */
  readonly artifact: Digest;
  /** Sigstore bundle, as it came. */
  readonly bundle: string;
  readonly at: number;
  readonly by: string;
}

export interface SignatureVerdict {
  readonly state: Measured;
  readonly because: string;
  /** Name of the key that fits. */
  readonly key?: string;
  /** https://slsa.dev/provenance/v1: who built it. */
  readonly builder?: string;
}

/** Of one service of a plan. */
export interface ShippedFacts {
  readonly service: string;
  readonly artifact?: Digest;
  readonly signature: SignatureVerdict;
  readonly provenance: SignatureVerdict;
  /** How many secrets were found in it; absent: it was not looked at. */
  readonly secrets?: number;
}

/** What is asked of what a plan would ship. */
export interface ShippingRules {
  /** What happens to a plan whose snapshots hold secrets. */
  readonly secrets: 'off' | 'warn' | 'refuse';
  /** Names of environments, or `*`. */
  readonly signed: readonly string[];
  readonly provenance: readonly string[];
}
