// One look at two releases side by side, as a bet: what it pays if the new release does more (or less) of what is counted than the old one may.
import { logChoose } from './binomial.ts';
import type { Tally } from './state.ts';

/** Both releases between two looks: of so many requests, so many were hits. */
export interface Table {
  readonly baseline: Tally;
  readonly canary: Tally;
}

/**
 * Natural logarithm of an e-variable for a 2×2 table: of all hits of this look, how many fell to the canary, against how many would by lot?
 *
 * By lot, given the hits of both together, the canary's are hypergeometric; the bet is the likelihood ratio between odds of `odds` and even odds,
 * ω^x / E[ω^X] (the conditional e-variable of Hao, Grünwald, Lardy, Long and Adams, "E-values for k-sample tests with exponential families",
 * 2024; for tables Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests", 2024). Its mean is 1 when hits come by lot,
 * and at most 1 when the canary has fewer (odds > 1) or more (odds < 1) than that: X is then smaller or larger in distribution, and the ratio
 * is monotone. Nothing about the rates is assumed, so they may differ from look to look as they like.
 *
 * `allowance` is the share of the baseline's misses that may be hits for the canary. The baseline is topped up with that many *expected* hits
 * instead of drawn ones, which can only make the bet pay less: Σ C(n,K) E_K[ω^X] t^K = (1+ωt)^a (1+t)^b has real roots only, hence E_K[ω^X] is
 * log-concave in K (Newton's inequalities), hence 1/E_K is convex in K, and Jensen's inequality holds twice (mean inside, then log-linear between
 * whole K).
 */
export function logBet(odds: number, { baseline, canary }: Table, allowance: number): number {
  if (baseline.of === 0 || canary.of === 0) return 0;
  const hits = canary.hit + baseline.hit + allowance * (baseline.of - baseline.hit);
  const whole = Math.floor(hits);
  const rest = hits - whole;
  const low = logMean(odds, canary.of, baseline.of, whole);
  const mean = rest === 0 ? low : (1 - rest) * low + rest * logMean(odds, canary.of, baseline.of, whole + 1);
  return canary.hit * Math.log(odds) - mean;
}

/** ln E[ω^X] for X hits among `drawn` of the canary's, when `hits` of all are hits by lot. */
function logMean(odds: number, canary: number, baseline: number, hits: number): number {
  const least = Math.max(0, hits - baseline);
  const most = Math.min(canary, hits);
  const peak = peakOf(odds, canary, baseline, hits, least, most);
  // Terms fall off from the peak on both sides (they are log-concave): what is below 1e-17 of it does not count.
  let sum = 1;
  const ratio = (x: number) => (odds * (canary - x) * (hits - x)) / ((x + 1) * (baseline - hits + x + 1));
  for (let x = peak, term = 1; x < most && term > 1e-17; x += 1) sum += term *= ratio(x);
  for (let x = peak, term = 1; x > least && term > 1e-17; x -= 1) sum += term /= ratio(x - 1);
  const atPeak = logChoose(canary, peak) + logChoose(baseline, hits - peak) - logChoose(canary + baseline, hits);
  return atPeak + peak * Math.log(odds) + Math.log(sum);
}

/** The x at which C(a,x) C(b,K−x) ω^x is largest: where the ratio of neighbours crosses 1 (a quadratic equation). */
function peakOf(odds: number, canary: number, baseline: number, hits: number, least: number, most: number): number {
  const a = odds - 1;
  const b = -(odds * (canary + hits + 2) + baseline - hits);
  const c = odds * (canary + 1) * (hits + 1);
  const root = a === 0 ? -c / b : (2 * c) / (-b + Math.sqrt(Math.max(0, b * b - 4 * a * c)));
  return Math.min(most, Math.max(least, Math.floor(root)));
}
