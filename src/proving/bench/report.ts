// What every benchmark answers: samples per contestant, medians, and ratios with their interval; contestants take turns within one run.

import type { Interval } from '../../decide/median.ts';
import { median, medianInterval } from '../../decide/median.ts';
import type { Machine } from '../../platform/measure.ts';
import { thisMachine } from '../../platform/measure.ts';

export interface BenchReport {
  readonly bench: string;
  /** ISO 8601. */
  readonly at: string;
  readonly parameters: Parameters;
  readonly machine: Machine;
  readonly contestants: readonly Contestant[];
  readonly ratios: readonly Ratio[];
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[];
}

export type Parameters = Readonly<Record<string, number>>;

export interface Contestant {
  readonly name: string;
  readonly unit: string;
  /** Absent from the machine: no samples, and why. Never zero. */
  readonly absent?: string;
  readonly samples: readonly number[];
  readonly median?: number;
  readonly target?: Target;
}

export interface Ratio {
  readonly name: string;
  readonly median: number;
  readonly interval: Interval;
  readonly target?: Target;
}

/** What was promised of the median. */
export interface Target {
  readonly kind: 'at_most' | 'at_least';
  readonly value: number;
}

/** One benchmark, described for whoever lists them. */
export interface Bench {
  readonly name: string;
  readonly summary: string;
  /** Every parameter with its default. */
  readonly parameters: Parameters;
  /** Where ours may run in it, the usual one first; absent: there is no choice. */
  readonly runtimes?: readonly string[];
  run(call: BenchCall): Promise<BenchReport>;
}

export interface BenchCall {
  readonly parameters: Parameters;
  /** A directory whose `node_modules` has contestants that are not ours. */
  readonly peers: string | undefined;
  /** Some of the bench's own, where it has any; none: the usual one. */
  readonly runtimes?: readonly string[];
  /** Told what is being done, one line at a time. */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export const atMost = (value: number): Target => ({ kind: 'at_most', value });
export const atLeast = (value: number): Target => ({ kind: 'at_least', value });

/** Undefined when there is nothing to judge or nothing was promised. */
export function isMet({ median: seen, target }: Pick<Contestant, 'median' | 'target'>): boolean | undefined {
  if (target === undefined || seen === undefined || Number.isNaN(seen)) return undefined;
  return target.kind === 'at_most' ? seen <= target.value : seen >= target.value;
}

/** Nothing measured is absence, never zero. */
export function contestant(name: string, unit: string, samples: readonly number[], target?: Target): Contestant {
  if (samples.length === 0) return { ...absent(name, unit, 'nothing was measured'), target };
  return { name, unit, samples, median: median(samples), target };
}

export function absent(name: string, unit: string, why: string): Contestant {
  return { name, unit, absent: why, samples: [] };
}

/** Round by round, so that a drift of the machine's speed cancels. Rounds that only one side has do not count. */
export function ratio(name: string, numerator: readonly number[], denominator: readonly number[], target?: Target): Ratio {
  const ratios = numerator.slice(0, denominator.length).map((one, index) => one / (denominator[index] ?? Number.NaN));
  return { name, median: median(ratios), interval: medianInterval(ratios), target };
}

export function report(
  bench: string,
  parameters: Parameters,
  found: Pick<BenchReport, 'contestants' | 'ratios'> & { readonly notes?: readonly string[] },
): BenchReport {
  const { contestants, ratios, notes = [] } = found;
  return { bench, at: new Date().toISOString(), parameters, machine: thisMachine(), contestants, ratios, notes };
}
