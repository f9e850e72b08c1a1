// Binomial coefficients as natural logarithms: exact to about 12 digits for any counts that a gateway sees.

const exact: number[] = [0];
for (let n = 1; n < 256; n += 1) exact.push((exact[n - 1] ?? 0) + Math.log(n));

/** ln n! – a table, then Stirling's series (Abramowitz and Stegun, 6.1.41), whose error is below 1e-15 from here on. */
export function logFactorial(n: number): number {
  const known = exact[n];
  if (known !== undefined) return known;
  const inverse = 1 / n;
  const series = inverse * (1 / 12 - inverse * inverse * (1 / 360 - (inverse * inverse) / 1260));
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}

/** ln of n over k; −∞ outside 0 … n. */
export function logChoose(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** ln(e^a + e^b) without leaving the range of numbers. */
export function logSum(a: number, b: number): number {
  const high = Math.max(a, b);
  if (high === Number.NEGATIVE_INFINITY) return high;
  return high + Math.log(Math.exp(a - high) + Math.exp(b - high));
}
