// Histograms keep three digits, merge exactly, and never say too little of a quantile.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bottomOf, bucketCount, bucketOf, bucketsOf, countOf, mergeBuckets, noBuckets, quantileOf, topOf, valueAtRank } from './buckets.ts';

const microseconds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('buckets', () => {
  it('hold a value between their ends, no further apart than a thousandth of it', () => {
    fc.assert(
      fc.property(microseconds, (value) => {
        const index = bucketOf(value);
        expect(bottomOf(index)).toBeLessThanOrEqual(value);
        expect(topOf(index)).toBeGreaterThanOrEqual(value);
        expect(topOf(index) - bottomOf(index)).toBeLessThanOrEqual(value / 1000);
      }),
    );
  });

  it('stand side by side without a gap', () => {
    for (let index = 1; index < bucketCount; index += 1) expect(bottomOf(index)).toBe(topOf(index - 1) + 1);
    expect(topOf(bucketCount - 1)).toBe(2 ** 32 - 1);
  });

  it.each([Number.NaN, -1, 2 ** 40])('take %d, too', (value) => {
    expect(bucketOf(value)).toBe(value > 0 ? bucketCount - 1 : 0);
  });
});

describe('histograms', () => {
  it('that are merged say what one of everything says', () => {
    fc.assert(
      fc.property(fc.array(fc.array(microseconds)), (parts) => {
        expect(mergeBuckets(parts.map(bucketsOf))).toEqual(bucketsOf(parts.flat()));
      }),
    );
  });

  it('give the sample of a rank, at most a thousandth too high and never too low', () => {
    fc.assert(
      fc.property(fc.array(microseconds, { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const sorted = values.toSorted((a, b) => a - b);
        const rank = Math.max(1, Math.ceil(p * sorted.length));
        const truth = sorted[rank - 1] ?? Number.NaN;
        const said = quantileOf(bucketsOf(values), p);
        expect(said).toBe(valueAtRank(bucketsOf(values), rank));
        expect(said).toBeGreaterThanOrEqual(truth);
        expect(said).toBeLessThanOrEqual(truth * 1.001);
      }),
    );
  });

  it('of nothing have no quantile', () => {
    expect(countOf(noBuckets)).toBe(0);
    expect(quantileOf(noBuckets, 0.5)).toBeNaN();
    expect(valueAtRank(bucketsOf([1, 2]), 3)).toBeNaN();
  });
});
