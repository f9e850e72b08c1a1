// Shares of independent outcomes: exact and approximate intervals, and how many outcomes a claim needs.
import { betaInverse, binomialAtMost } from './binomial.ts';
import type { Interval } from './interval.ts';
import { normalQuantile } from './normal.ts';

/** Exact (Clopper and Pearson 1934): covers at least `confidence`, whatever the share is. 0 of 0 says nothing: [0, 1]. */
export function clopperPearson(hits: number, of: number, confidence: number): Interval {
  const outside = (1 - confidence) / 2;
  return {
    lower: hits <= 0 ? 0 : betaInverse(outside, hits, of - hits + 1),
    upper: hits >= of ? 1 : betaInverse(1 - outside, hits + 1, of - hits),
  };
}

/** Approximate, narrower, covers `confidence` on average over shares (Wilson 1927). */
export function wilson(hits: number, of: number, confidence: number): Interval {
  if (of === 0) return { lower: 0, upper: 1 };
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const share = hits / of;
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const [centre, scale] = [share + (z * z) / (2 * of), 1 + (z * z) / of];
  return { lower: Math.max(0, (centre - spread) / scale), upper: Math.min(1, (centre + spread) / scale) };
}

/**
 * How many outcomes, of which `failures` are bad, show that at least `claim` (below 1) are good: the fewest n with P(X ≤ failures) ≤ 1 − confidence
 * at the claim's own rate. One-sided.
 */
export function outcomesNeeded(claim: number, failures: number, confidence: number): number {
  const rate = 1 - claim;
  const shown = (n: number) => binomialAtMost(failures, n, rate) <= 1 - confidence;
  let high = failures + 1;
  while (!shown(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shown(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** How often `n` outcomes of a system whose true share of bad ones is `rate` would show the claim: the power of a trial of that size. */
export function powerOf(claim: number, n: number, rate: number, confidence: number): number {
  let allowed = -1;
  while (binomialAtMost(allowed + 1, n, 1 - claim) <= 1 - confidence) allowed += 1;
  return binomialAtMost(allowed, n, rate);
}
