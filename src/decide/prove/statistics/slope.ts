// Whether something grows: a slope that a few wild values do not turn, with its interval.
import { normalQuantile } from './normal.ts';

export interface Slope {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

export type Point = readonly [x: number, y: number];

/** More points than this are averaged in groups first: pairs grow with the square, and neighbours in time say nearly the same. */
const mostPoints = 240;

/** The median of all pairs' slopes (Theil 1950, Sen 1968), its interval by the distribution of Kendall's S. Undefined below four different x. */
export function theilSen(points: readonly Point[], confidence: number): Slope | undefined {
  const few = grouped(points);
  const slopes = few
    .flatMap(([x, y], index) => few.slice(index + 1).flatMap(([x2, y2]) => (x2 === x ? [] : [(y2 - y) / (x2 - x)])))
    .toSorted((a, b) => a - b);
  const n = few.length;
  if (n < 4 || slopes.length === 0) return undefined;
  const spread = normalQuantile(1 - (1 - confidence) / 2) * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, rank))] ?? Number.NaN;
  const middle = slopes.length / 2;
  const estimate = Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
  return {
    estimate,
    lower: at(Math.floor((slopes.length - spread) / 2) - 1),
    upper: at(Math.ceil((slopes.length + spread) / 2)),
  };
}

function grouped(points: readonly Point[]): readonly Point[] {
  const size = Math.ceil(points.length / mostPoints);
  if (size <= 1) return points;
  const means: Point[] = [];
  for (let at = 0; at < points.length; at += size) {
    const part = points.slice(at, at + size);
    const sum = (pick: 0 | 1) => part.reduce((total, one) => total + one[pick], 0);
    means.push([sum(0) / part.length, sum(1) / part.length]);
  }
  return means;
}
