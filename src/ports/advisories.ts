// A database of advisories that somebody else keeps up.
import type { Advisory, AdvisoryHarvest } from '../model/supply/advisory.ts';
import type { AdvisedName } from '../model/supply/component.ts';

export interface Advisories {
  /** Where it is, for people. */
  readonly place: string;
  /**
   * What is recorded about these packages, whatever their version, and how new and how whole the database is.
   * `undefined`: there is none at that place. Nothing is fetched from anywhere.
   */
  harvest(wanted: readonly AdvisedName[], signal: AbortSignal): Promise<AdvisoryHarvest | undefined>;
}

export type VersionsByName = Readonly<Record<string, readonly string[]>>;

/** A registry of npm packages that says what is known to be wrong with them. It learns from the question what there is. */
export interface Audits {
  /** Its address, for people. */
  readonly place: string;
  /** The records about these versions; when each was modified it does not say. Errors: `outside_unavailable`, whatever kept it from a whole answer. */
  audit(packages: VersionsByName, signal: AbortSignal): Promise<readonly Omit<Advisory, 'modified'>[]>;
}
