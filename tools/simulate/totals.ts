// What histories add up to, however many processes lived through them.
import type { History } from '../../test/simulation/simulate.ts';

export interface Totals {
  readonly seeds: number;
  readonly deployments: number;
  readonly crashes: number;
  /** Milliseconds of the simulated world. */
  readonly lasted: number;
}

export const nothing: Totals = { seeds: 0, deployments: 0, crashes: 0, lasted: 0 };

export function add(one: Totals, other: Totals): Totals {
  return {
    seeds: one.seeds + other.seeds,
    deployments: one.deployments + other.deployments,
    crashes: one.crashes + other.crashes,
    lasted: one.lasted + other.lasted,
  };
}

export function totalsOf({ deployments, crashes, lasted }: History): Totals {
  return { seeds: 1, deployments, crashes, lasted };
}

/** Consecutive seeds, from the first on. */
export interface Share {
  readonly from: number;
  readonly seeds: number;
}

/** What became of seeds that were lived through, and of those among them the histories that broke a rule. */
export interface Finding {
  readonly totals: Totals;
  readonly broken: readonly History[];
}
