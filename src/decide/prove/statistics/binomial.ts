// The binomial distribution and its inverse, exact to about ten digits for any count that a trial sees.
import { logFactorial } from '../../analyse/binomial.ts';

/** P(X ≤ k) of n trials that each hit with probability p. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return 1 - beta(p, k + 1, n - k);
}

/**
 * Regularized incomplete beta function I_x(a, b) of whole a and b, by its continued fraction (Abramowitz and Stegun 26.5.8, evaluated as Lentz
 * does; it converges within a few times √max(a, b) terms on the side of x where it is used).
 */
export function beta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logFactorial(a + b - 1) - logFactorial(a - 1) - logFactorial(b - 1) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
}

/** The x at which I_x(a, b) is `share`: by halving, down to neighbouring numbers. */
export function betaInverse(share: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high || high - low < 1e-15) return middle;
    if (beta(middle, a, b) < share) low = middle;
    else high = middle;
  }
}

const tiny = 1e-300;
const most = 100_000;

function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= most; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    value *= d * c;
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return value;
}

const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
