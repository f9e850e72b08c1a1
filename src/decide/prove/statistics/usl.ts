// The Universal Scalability Law (N. J. Gunther, Guerrilla Capacity Planning, 2007): X(N) = λN / (1 + α(N − 1) + βN(N − 1)).
import type { Random } from '../../../base/random.ts';
import { oneOf } from './bootstrap.ts';
import type { Interval } from './interval.ts';
import { middleOf } from './interval.ts';

/** `alpha` is the share that waits for something shared, `beta` what each pair costs to agree; neither is below 0. */
export interface Usl {
  readonly lambda: number;
  readonly alpha: number;
  readonly beta: number;
}

export interface UslFit extends Usl {
  /** Share of the variance that the curve explains. */
  readonly r2: number;
  /** Where throughput is highest; absent when it never falls. */
  readonly peak?: number;
}

export type Measured = readonly [n: number, throughput: number];

export function uslAt({ lambda, alpha, beta }: Usl, n: number): number {
  return (lambda * n) / weight(n, alpha, beta);
}

/** Least squares with α, β ≥ 0. Undefined below three different N, or without throughput. */
export function fitUsl(points: readonly Measured[]): UslFit | undefined {
  if (new Set(points.map(([n]) => n)).size < 3 || !points.some(([, x]) => x > 0)) return undefined;
  // Where the best of all lies outside, the best inside lies on a border: every border is tried.
  const free = refine(points, startFrom(points), [true, true]);
  const kept =
    free.alpha >= 0 && free.beta >= 0
      ? free
      : best(points, [
          clamped(points, refine(points, begin(points), [true, false])),
          clamped(points, refine(points, begin(points), [false, true])),
          withLambda(points, 0, 0),
        ]);
  const average = points.reduce((sum, [, x]) => sum + x, 0) / points.length;
  const total = points.reduce((sum, [, x]) => sum + (x - average) ** 2, 0);
  return {
    ...kept,
    r2: total === 0 ? Number.NaN : 1 - squares(points, kept) / total,
    ...(kept.beta > 0 && kept.alpha < 1 && { peak: Math.sqrt((1 - kept.alpha) / kept.beta) }),
  };
}

export interface UslIntervals {
  readonly lambda: Interval;
  readonly alpha: Interval;
  readonly beta: Interval;
}

/** Residuals are drawn anew around the curve and fitted again. Needs more points than parameters, or says nothing. */
export function uslIntervals(
  points: readonly Measured[],
  fit: Usl,
  confidence: number,
  random: Random,
  times = 500,
): UslIntervals | undefined {
  if (points.length < 5) return undefined;
  // Fitted residuals are smaller than true ones by the parameters that the fit took.
  const larger = Math.sqrt(points.length / (points.length - 3));
  const residuals = points.map(([n, x]) => (x - uslAt(fit, n)) * larger);
  const refitted = Array.from({ length: times }, () =>
    fitUsl(points.map(([n]): Measured => [n, Math.max(0, uslAt(fit, n) + (oneOf(residuals, random) ?? 0))])),
  ).filter((one) => one !== undefined);
  const of = (pick: keyof Usl) =>
    middleOf(
      refitted.map((one) => one[pick]),
      confidence,
    );
  return { lambda: of('lambda'), alpha: of('alpha'), beta: of('beta') };
}

const weight = (n: number, alpha: number, beta: number) => 1 + alpha * (n - 1) + beta * n * (n - 1);

/** With α and β given, the best λ is a quotient. */
function withLambda(points: readonly Measured[], alpha: number, beta: number): Usl {
  let [top, bottom] = [0, 0];
  for (const [n, x] of points) {
    const shape = n / weight(n, alpha, beta);
    top += x * shape;
    bottom += shape * shape;
  }
  return { lambda: top / bottom, alpha, beta };
}

const begin = (points: readonly Measured[]) => withLambda(points, 0, 0);

/** N/X = 1/λ + α/λ (N − 1) + β/λ N(N − 1) is linear; weighted so that errors of X count alike. */
function startFrom(points: readonly Measured[]): Usl {
  const rows = points
    .filter(([, x]) => x > 0)
    .map(([n, x]) => {
      const scale = (x * x) / n;
      return { row: [scale, scale * (n - 1), scale * n * (n - 1)], value: (scale * n) / x };
    });
  const [c0 = 0, c1 = 0, c2 = 0] = leastSquares(rows) ?? [];
  if (c0 <= 0) return begin(points);
  return withLambda(points, Math.max(0, c1 / c0), Math.max(0, c2 / c0));
}

/** Gauss and Newton, steps halved until they help. */
function refine(points: readonly Measured[], from: Usl, [alphaFree, betaFree]: readonly [boolean, boolean]): Usl {
  let current = from;
  let error = squares(points, current);
  for (let round = 0; round < 50; round += 1) {
    const rows = points.map(([n, x]) => {
      const shape = weight(n, current.alpha, current.beta);
      const slope = (-current.lambda * n) / (shape * shape);
      return {
        row: [n / shape, ...(alphaFree ? [slope * (n - 1)] : []), ...(betaFree ? [slope * n * (n - 1)] : [])],
        value: x - uslAt(current, n),
      };
    });
    const step = leastSquares(rows);
    if (step === undefined) break;
    const moved = halved(points, current, error, step, [alphaFree, betaFree]);
    if (moved === undefined) break;
    const gain = error - moved.error;
    [current, error] = [moved.usl, moved.error];
    if (gain <= error * 1e-12) break;
  }
  return current;
}

function halved(
  points: readonly Measured[],
  from: Usl,
  error: number,
  step: readonly number[],
  [alphaFree, betaFree]: readonly [boolean, boolean],
): { readonly usl: Usl; readonly error: number } | undefined {
  const [lambda = 0, second = 0, third = 0] = step;
  for (let scale = 1; scale > 1e-6; scale /= 2) {
    const usl = {
      lambda: from.lambda + scale * lambda,
      alpha: from.alpha + (alphaFree ? scale * second : 0),
      beta: from.beta + (betaFree ? scale * (alphaFree ? third : second) : 0),
    };
    // Beyond a pole the law says nothing.
    const sound = usl.lambda > 0 && points.every(([n]) => weight(n, usl.alpha, usl.beta) > 0.05);
    const found = sound ? squares(points, usl) : Number.POSITIVE_INFINITY;
    if (found < error) return { usl, error: found };
  }
  return undefined;
}

function squares(points: readonly Measured[], usl: Usl): number {
  return points.reduce((sum, [n, x]) => sum + (x - uslAt(usl, n)) ** 2, 0);
}

function clamped(points: readonly Measured[], { alpha, beta }: Usl): Usl {
  return withLambda(points, Math.max(0, alpha), Math.max(0, beta));
}

function best(points: readonly Measured[], candidates: readonly [Usl, ...Usl[]]): Usl {
  return candidates.reduce((a, b) => (squares(points, b) < squares(points, a) ? b : a));
}

interface Row {
  readonly row: readonly number[];
  readonly value: number;
}

/** By the normal equations: three unknowns at most, and whole numbers of nodes. */
function leastSquares(rows: readonly Row[]): readonly number[] | undefined {
  const size = rows[0]?.row.length ?? 0;
  const at = (index: number) => (one: Row) => one.row[index] ?? 0;
  const matrix = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (__, j) => rows.reduce((sum, one) => sum + at(i)(one) * at(j)(one), 0)),
    rows.reduce((sum, one) => sum + at(i)(one) * one.value, 0),
  ]);
  return solve(matrix);
}

/** Gauss with pivots; undefined where the equations do not decide. */
function solve(matrix: number[][]): readonly number[] | undefined {
  const size = matrix.length;
  const cell = (i: number, j: number) => matrix[i]?.[j] ?? 0;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) if (Math.abs(cell(row, column)) > Math.abs(cell(pivot, column))) pivot = row;
    const [from, to] = [matrix[pivot], matrix[column]];
    if (from === undefined || to === undefined || Math.abs(cell(pivot, column)) < 1e-12) return undefined;
    [matrix[column], matrix[pivot]] = [from, to];
    const lead = cell(column, column);
    for (let row = 0; row < size; row += 1) {
      if (row === column) continue;
      const factor = cell(row, column) / lead;
      matrix[row] = (matrix[row] ?? []).map((value, index) => value - factor * cell(column, index));
    }
  }
  return matrix.map((row, index) => (row[size] ?? 0) / (row[index] ?? 1));
}
