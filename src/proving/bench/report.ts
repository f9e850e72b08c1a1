// What every benchmark answers: samples per contestant, medians, and ratios with their interval; contestants take turns within one run.

import type { Interval } from '../../decide/median.ts';
import { median, medianInterval } from '../../decide/median.ts';
import type { Machine } from '../../platform/measure.ts';

export interface BenchReport {
  readonly bench: string;
  readonly at: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly machine: Machine;
  readonly contestants: readonly Contestant[];
  readonly ratios: readonly Ratio[];
}

export interface Contestant {
  readonly name: string;
  readonly unit: string;
  /** Absent from the machine: no samples, and why. Never zero. */
  readonly absent?: string;
  readonly samples: readonly number[];
  readonly median?: number;
}

export interface Ratio {
  readonly name: string;
  readonly median: number;
  readonly interval: Interval;
}

export function contestant(name: string, unit: string, samples: readonly number[]): Contestant {
  return { name, unit, samples, median: median(samples) };
}

export function absent(name: string, unit: string, why: string): Contestant {
  return { name, unit, absent: why, samples: [] };
}

/** Round by round, so that a drift of the machine's speed cancels. */
export function ratio(name: string, numerator: readonly number[], denominator: readonly number[]): Ratio {
  const ratios = numerator.map((one, index) => one / (denominator[index] ?? Number.NaN));
  return { name, median: median(ratios), interval: medianInterval(ratios) };
}
