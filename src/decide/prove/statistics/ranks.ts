// Between which order statistics a quantile lies, whatever the distribution is.
import { binomialAtMost } from './binomial.ts';

/** Ranks count from 1; `upper` is absent when the sample is too small to bound the quantile from above, `lower` from below. */
export interface Ranks {
  readonly estimate: number;
  readonly lower?: number;
  readonly upper?: number;
}

/**
 * The quantile p of a continuous distribution lies between the order statistics of these ranks with at least `confidence` (Conover, Practical
 * Nonparametric Statistics, 3.2): each end misses with at most half of what is left.
 */
export function ranksOf(p: number, n: number, confidence: number): Ranks {
  const outside = (1 - confidence) / 2;
  // The largest rank below which the quantile lies with at most `outside`: P(X ≤ rank − 1) ≤ outside.
  const lower = firstWhere(n, (rank) => binomialAtMost(rank - 1, n, p) > outside) - 1;
  const upper = firstWhere(n, (rank) => binomialAtMost(rank - 1, n, p) >= 1 - outside);
  return {
    estimate: Math.min(n, Math.max(1, Math.ceil(p * n))),
    ...(lower >= 1 && { lower }),
    ...(upper <= n && { upper }),
  };
}

/** The first rank of 1 … n at which `holds`, which stays true from there on; n + 1 when there is none. */
function firstWhere(n: number, holds: (rank: number) => boolean): number {
  let [low, high] = [0, n + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The fewest samples whose largest bounds the quantile from above with this confidence (one-sided): 1 − pⁿ reaches it. */
export function samplesForMaximum(p: number, confidence: number): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log(p) - 1e-9);
}
