// What resampling says of values whose distribution is not known, and of outcomes that come in clusters.
import type { Random } from '../../../base/random.ts';
import type { Interval } from './interval.ts';
import { middleOf } from './interval.ts';

/** Enough for ends that stay within about 1 % of the width of the interval. */
export const resamples = 2_000;

/** Outcomes of one stretch of time, whatever happened together in it. */
export interface Block {
  readonly good: number;
  readonly of: number;
}

/**
 * The share of good outcomes where failures come in episodes: whole blocks of time are drawn, so that what fell together stays together (Künsch
 * 1989, blocks side by side). Blocks without a failure have no spread to draw from: then the interval is the value, and only the exact binomial
 * speaks.
 */
export function shareOfBlocks(blocks: readonly Block[], confidence: number, random: Random): Interval {
  return middleOf(
    drawn(() => {
      let [good, of] = [0, 0];
      for (const _ of blocks) {
        const block = oneOf(blocks, random);
        good += block?.good ?? 0;
        of += block?.of ?? 0;
      }
      return good / of;
    }),
    confidence,
  );
}

/** Neighbouring blocks, `size` at a time; an incomplete last one is kept. */
export function joined(blocks: readonly Block[], size: number): readonly Block[] {
  const larger: Block[] = [];
  for (let at = 0; at < blocks.length; at += size) {
    const part = blocks.slice(at, at + size);
    larger.push({ good: part.reduce((sum, one) => sum + one.good, 0), of: part.reduce((sum, one) => sum + one.of, 0) });
  }
  return larger;
}

/** The ratio of two means, each of a sample of its own. */
export function ratioOf(above: readonly number[], below: readonly number[], confidence: number, random: Random): Interval {
  return middleOf(
    drawn(() => drawnMean(above, random) / drawnMean(below, random)),
    confidence,
  );
}

/** The mean of a few values. */
export function meanOf(values: readonly number[], confidence: number, random: Random): Interval {
  return middleOf(
    drawn(() => drawnMean(values, random)),
    confidence,
  );
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

export function oneOf<T>(values: readonly T[], random: Random): T | undefined {
  return values[Math.floor(random.next() * values.length)];
}

function drawnMean(values: readonly number[], random: Random): number {
  let sum = 0;
  for (const _ of values) sum += oneOf(values, random) ?? 0;
  return sum / values.length;
}

function drawn(once: () => number): readonly number[] {
  return Array.from({ length: resamples }, once);
}
