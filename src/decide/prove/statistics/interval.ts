// What an interval is, and how resamples become one.

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * A claim holds with 95 % confidence when the one end of the interval that it is judged by does: so the interval of a share covers 90 %, both ends
 * being 95 % bounds. This is what the table of required samples counts on.
 */
export const shareConfidence = 0.9;

/** Of everything else. */
export const confidence = 0.95;

/** The middle `confidence` of resampled values (percentile method; Efron 1979). NaN when there are none. */
export function middleOf(resampled: readonly number[], wanted: number): Interval {
  const sorted = resampled.toSorted((a, b) => a - b);
  const outside = (1 - wanted) / 2;
  const last = sorted.length - 1;
  const lower = sorted[Math.max(0, Math.floor(outside * sorted.length))] ?? Number.NaN;
  return { lower, upper: sorted[Math.min(last, Math.ceil((1 - outside) * sorted.length) - 1)] ?? Number.NaN };
}

/** The wider end of each: what holds if either does. */
export function worse(a: Interval, b: Interval): Interval {
  return { lower: Math.min(a.lower, b.lower), upper: Math.max(a.upper, b.upper) };
}
