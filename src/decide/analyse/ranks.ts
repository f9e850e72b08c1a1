// The shift between two small samples by ranks: how much higher are these values than those, and how sure is that?
import { logChoose } from './binomial.ts';

export interface Shift {
  /** Hodges–Lehmann: the median of all pairwise differences (canary − baseline). */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** The coverage that the interval really has: less than asked for when there are too few values for any that has more. */
  readonly confidence: number;
  /** At the asked confidence. */
  readonly word: 'higher' | 'lower' | 'same';
  /** Of the means. */
  readonly ratio: number;
}

/** Hodges and Lehmann 1963; the interval of Moses (Hollander and Wolfe, Nonparametric Statistical Methods, 4.3). Errors: none; NaN for no values. */
export function shiftOf(canary: readonly number[], baseline: readonly number[], confidence: number): Shift {
  const differences = canary.flatMap((a) => baseline.map((b) => a - b)).toSorted((a, b) => a - b);
  const alpha = Number((1 - confidence).toPrecision(12));
  const { rank, beyond } = rankFor(canary.length, baseline.length, alpha / 2);
  const at = (index: number) => differences[index] ?? Number.NaN;
  const [low, high] = [at(rank - 1), at(differences.length - rank)];
  const middle = (differences.length - 1) / 2;
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const certain = 1 - 2 * beyond >= confidence - 1e-9;
  return {
    estimate: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    low,
    high,
    confidence: 1 - 2 * beyond,
    word: certain && low > 0 ? 'higher' : certain && high < 0 ? 'lower' : 'same',
    ratio: mean(canary) / mean(baseline),
  };
}

/** The outermost k for which P(U < k) stays within `tail`, at least 1. */
function rankFor(m: number, n: number, tail: number): { readonly rank: number; readonly beyond: number } {
  const below = lowerTail(m, n);
  let rank = 1;
  while (rank + 1 <= (m * n) / 2 && below(rank + 1) <= tail) rank += 1;
  return { rank, beyond: below(rank) };
}

/** P(U < k) of the Mann–Whitney U without ties: counted up to 20 values in all, else by the normal approximation with continuity correction. */
function lowerTail(m: number, n: number): (k: number) => number {
  if (m + n > 20) {
    const deviation = Math.sqrt((m * n * (m + n + 1)) / 12);
    return (k) => normalTail((m * n) / 2 - (k - 0.5), deviation);
  }
  const ranks = Array.from({ length: m + n }, (_, index) => 2 * (index + 1));
  const counts = subsetSums(ranks, m);
  const all = Math.exp(logChoose(m + n, m));
  return (k) => {
    let sum = 0;
    for (let u = 0; u < k; u += 1) sum += counts[2 * (u + (m * (m + 1)) / 2)] ?? 0;
    return sum / all;
  };
}

const exactUpTo = 40;

/**
 * P(the rank sum of these is as large by lot): Mann–Whitney as a permutation test on midranks, so that ties are treated exactly; beyond 40 values the
 * normal approximation with the correction for ties (Conover, Practical Nonparametric Statistics, 5.1).
 */
export function chanceOfHigher(these: readonly number[], those: readonly number[]): number {
  const m = these.length;
  const n = those.length;
  if (m === 0 || n === 0) return 1;
  const ranks = doubledMidranks([...these, ...those]);
  const sum = ranks.slice(0, m).reduce((total, one) => total + one, 0);
  if (m + n > exactUpTo) {
    const mean = m * (m + n + 1);
    const spread = ranks.reduce((total, one) => total + (one - (m + n + 1)) ** 2, 0);
    return normalTail(sum - mean - 1, Math.sqrt((m * n * spread) / ((m + n) * (m + n - 1))));
  }
  const counts = subsetSums(ranks, m);
  const asLarge = counts.reduce((total, count, at) => total + (at >= sum ? count : 0), 0);
  return Math.min(1, asLarge / Math.exp(logChoose(m + n, m)));
}

/** How many subsets of `size` ranks have each sum. */
function subsetSums(ranks: readonly number[], size: number): readonly number[] {
  const width = ranks.reduce((total, one) => total + one, 0) + 1;
  const counts = Array.from({ length: size + 1 }, () => new Float64Array(width));
  const [first] = counts;
  if (first) first[0] = 1;
  let [known, largest] = [0, 0];
  for (const rank of ranks) {
    known += 1;
    largest += rank;
    for (let taken = Math.min(size, known); taken > 0; taken -= 1) {
      const [from, to] = [counts[taken - 1], counts[taken]];
      if (from && to) for (let sum = rank; sum <= largest; sum += 1) to[sum] = (to[sum] ?? 0) + (from[sum - rank] ?? 0);
    }
  }
  return Array.from(counts[size] ?? []);
}

/** Twice the mean rank of equal values, which is a whole number. */
function doubledMidranks(values: readonly number[]): readonly number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (const [index, value] of sorted.entries()) {
    if (!first.has(value)) first.set(value, index + 1);
    last.set(value, index + 1);
  }
  return values.map((value) => (first.get(value) ?? 0) + (last.get(value) ?? 0));
}

/** P(Z ≥ distance / deviation) for a standard normal Z (Abramowitz and Stegun 7.1.26, absolute error below 1e-7). */
function normalTail(distance: number, deviation: number): number {
  if (deviation === 0) return distance > 0 ? 0 : 1;
  const x = distance / deviation / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * series * Math.exp(-x * x);
  return x >= 0 ? tail : 1 - tail;
}
