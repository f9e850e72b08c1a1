// What a scan says: findings, each with the record that it comes from, and what was not measured.
import type { Measured } from './component.ts';

export const ratings = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type Rating = (typeof ratings)[number];

/** Computed from a vector, never guessed. */
export interface Severity {
  readonly score: number;
  readonly rating: Rating;
  readonly vector: string;
}

export interface Finding {
  /** Of the record. */
  readonly id: string;
  /** What else the same weakness is called. */
  readonly aliases: readonly string[];
  readonly purl: string;
  readonly version: string;
  /** Versions that no longer have it, as its records say. */
  readonly fixed: readonly string[];
  /** Absent: the record states no vector that can be computed. */
  readonly severity?: Severity;
  readonly summary?: string;
  /** Where each of its records was read. */
  readonly sources: readonly string[];
  readonly modified: number;
  readonly found: readonly string[];
}

export interface EcosystemVerdict {
  readonly ecosystem: string;
  readonly components: number;
  readonly state: Measured;
  /** Why it is not measured. */
  readonly because?: string;
  /** Of the database, in milliseconds since the epoch. */
  readonly asOf?: number;
  readonly records?: number;
  /** The registry that was asked at that time. */
  readonly asked?: string;
}

export interface ScanVerdict {
  readonly state: Measured;
  readonly findings: readonly Finding[];
  readonly ecosystems: readonly EcosystemVerdict[];
  /** Everything that keeps it from being measured as a whole. */
  readonly unmeasured: readonly string[];
}
