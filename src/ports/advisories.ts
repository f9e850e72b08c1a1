// A database of advisories that somebody else keeps up.
import type { AdvisoryHarvest } from '../model/supply/advisory.ts';
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
