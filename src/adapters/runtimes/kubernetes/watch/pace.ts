// How long a cluster is left alone before it is asked again: twice as long after each failure in a row, and not by everybody in the same moment.
import type { Duration } from '../../../../base/units.ts';

export interface Pace {
  readonly first: Duration;
  readonly most: Duration;
}

/** `failures`: in a row, from 1. `random`: from 0 to 1. */
export function pauseAfter(failures: number, { first, most }: Pace, random: () => number): Duration {
  return Math.min(most, first * 2 ** (failures - 1)) * (0.5 + random() / 2);
}
