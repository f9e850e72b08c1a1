// How a metric that comes as values is judged.
import type { Share } from '../../base/units.ts';

/** How a metric that is not counted by the gateway is judged: by the shift of its values, which is what a change of the mean is without outliers. */
export interface SampledSpec {
  readonly metric: string;
  /** Which way is worse. */
  readonly worse: 'higher' | 'lower';
  /** How far it may go that way, as a share of the old release's median. */
  readonly worseBy: Share;
  /** How far it may go that way in the metric's own unit, instead of `worseBy`. */
  readonly margin?: number;
  /** Reported, but never decides. */
  readonly dryRun?: boolean;
}
