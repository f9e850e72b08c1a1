// The median and what can be said of it without assuming a distribution.

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** The coverage that this interval really has; `NaN` when there are too few values for any. */
  readonly confidence: number;
}

/** NaN when there are no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/**
 * Distribution-free interval from order statistics (sign test; Conover, Practical Nonparametric Statistics, 3.2): the narrowest symmetric pair
 * of ranks whose binomial coverage reaches `wanted`; the full range, with the coverage it has, when no pair does.
 */
export function medianInterval(values: readonly number[], wanted = 0.95): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  let below = 0;
  let best = 0;
  let coverage = 1 - 2 * binomialHalf(n, 0);
  for (let rank = 0; rank < Math.floor(n / 2); rank += 1) {
    below += binomialHalf(n, rank);
    const covered = 1 - 2 * below;
    if (covered < wanted && rank > 0) break;
    best = rank;
    coverage = covered;
    if (covered < wanted) break;
  }
  return { low: sorted[best] ?? Number.NaN, high: sorted[n - 1 - best] ?? Number.NaN, confidence: n < 2 ? Number.NaN : coverage };
}

/** P(X = k) for X ~ Binomial(n, 1/2). */
function binomialHalf(n: number, k: number): number {
  let probability = 0.5 ** n;
  for (let index = 1; index <= k; index += 1) probability *= (n - index + 1) / index;
  return probability;
}

/** Least squares; the slope is `NaN` for fewer than two different x. */
export function linearFit(points: readonly (readonly [x: number, y: number])[]): { readonly slope: number; readonly intercept: number } {
  const mean = (pick: (point: readonly [number, number]) => number) => points.reduce((sum, one) => sum + pick(one), 0) / points.length;
  const [x, y] = [mean((one) => one[0]), mean((one) => one[1])];
  const covariance = points.reduce((sum, one) => sum + (one[0] - x) * (one[1] - y), 0);
  const variance = points.reduce((sum, one) => sum + (one[0] - x) ** 2, 0);
  const slope = variance === 0 ? Number.NaN : covariance / variance;
  return { slope, intercept: y - slope * x };
}
