// Histograms of whole microseconds with three significant digits (HDR): recorded cheaply, merged exactly, and read by rank.
import type { Buckets } from '../../model/proving/load.ts';

/** Up to here every microsecond has a bucket of its own; above, each power of two is cut into half as many. */
const fine = 2048;
const half = fine / 2;
/** 71 minutes: the longest that 32 bits can say; anything longer counts as this. */
const longest = 2 ** 32 - 1;
/** One more than the highest index. */
export const bucketCount = 22 * half + half;

/** Of a value in microseconds; what is below 0 or no number counts as 0. */
export function bucketOf(value: number): number {
  if (!(value > 0)) return 0;
  const whole = value >= longest ? longest : Math.round(value);
  if (whole < fine) return whole;
  const shift = 21 - Math.clz32(whole);
  return shift * half + (whole >>> shift);
}

/** The highest value that falls into a bucket, in microseconds: what is said of a quantile is never too little. */
export function topOf(index: number): number {
  if (index < fine) return index;
  const shift = Math.floor(index / half) - 1;
  return (index - shift * half + 1) * 2 ** shift - 1;
}

/** The lowest value that falls into a bucket, in microseconds. */
export function bottomOf(index: number): number {
  if (index < fine) return index;
  const shift = Math.floor(index / half) - 1;
  return (index - shift * half) * 2 ** shift;
}

export const noBuckets: Buckets = { unit: 'us', digits: 3, counts: [], min: 0, max: 0, sum: 0 };

/** Counts in one typed array (94 KB), for as long as something is measured. */
export class Recorder {
  readonly #counts = new Uint32Array(bucketCount);
  #total = 0;
  #min = longest;
  #max = 0;
  #sum = 0;

  get total(): number {
    return this.#total;
  }

  /** Microseconds. */
  record(value: number): void {
    const whole = value > 0 ? Math.min(longest, Math.round(value)) : 0;
    const index = bucketOf(whole);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
    this.#sum += whole;
    if (whole < this.#min) this.#min = whole;
    if (whole > this.#max) this.#max = whole;
  }

  buckets(): Buckets {
    if (this.#total === 0) return noBuckets;
    const counts: (readonly [number, number])[] = [];
    for (const [index, count] of this.#counts.entries()) if (count > 0) counts.push([index, count]);
    return { unit: 'us', digits: 3, counts, min: this.#min, max: this.#max, sum: this.#sum };
  }
}

/** Microseconds, in any order. */
export function bucketsOf(values: Iterable<number>): Buckets {
  const recorder = new Recorder();
  for (const value of values) recorder.record(value);
  return recorder.buckets();
}

/** As if everything had been recorded in one place. */
export function mergeBuckets(parts: Iterable<Buckets>): Buckets {
  const counts = new Map<number, number>();
  let [min, max, sum] = [longest, 0, 0];
  for (const part of parts) {
    if (part.counts.length === 0) continue;
    for (const [index, count] of part.counts) counts.set(index, (counts.get(index) ?? 0) + count);
    min = Math.min(min, part.min);
    max = Math.max(max, part.max);
    sum += part.sum;
  }
  if (counts.size === 0) return noBuckets;
  return { unit: 'us', digits: 3, counts: [...counts].sort(([a], [b]) => a - b), min, max, sum };
}

export function countOf({ counts }: Buckets): number {
  return counts.reduce((total, [, count]) => total + count, 0);
}

/**
 * The value of the rank-th smallest sample (from 1), in microseconds: the top of its bucket, but never beyond what was seen.
 * NaN where there is no such sample.
 */
export function valueAtRank({ counts, min, max }: Buckets, rank: number): number {
  if (rank < 1) return Number.NaN;
  let seen = 0;
  for (const [index, count] of counts) {
    seen += count;
    if (seen >= rank) return Math.max(min, Math.min(max, topOf(index)));
  }
  return Number.NaN;
}

/** The p-th quantile (0 to 1) by nearest rank, in microseconds; NaN when there is nothing. */
export function quantileOf(buckets: Buckets, p: number): number {
  const total = countOf(buckets);
  return valueAtRank(buckets, Math.min(total, Math.max(1, Math.ceil(p * total))));
}
