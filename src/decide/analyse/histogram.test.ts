// Latencies keep their percentiles through merging, ageing and compaction.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merged, quantileEdges, shareAbove, surelyAbove, totalOf } from './histogram.ts';
import type { Histogram } from './state.ts';

// The gateway's buckets from 1 ms up: 32 a doubling.
const bound = (index: number) => 2 ** Math.floor(index / 32) * (1 + ((index % 32) + 1) / 32);
const bucket = fc.record({ atMost: fc.integer({ min: 0, max: 300 }).map(bound), count: fc.integer({ min: 1, max: 50 }) });

describe('a histogram', () => {
  it('finds the bucket of a percentile, whose true lower edge is not below the told one', () => {
    const histogram = merged(
      [],
      [
        { atMost: 10.25, count: 98 },
        { atMost: 20.5, count: 1 },
        { atMost: 41, count: 1 },
      ],
      1000,
      [0.99],
    );
    expect(quantileEdges(histogram, 0.98)?.high).toBe(10.25);
    expect(quantileEdges(histogram, 0.99)).toEqual({ high: 20.5, low: expect.closeTo(19.88, 2) });
    expect(shareAbove(histogram, 20.5)).toBe(0.01);
    expect(quantileEdges([], 0.5)).toBeUndefined();
    // [20, 20.5) holds nothing up to 19.88, and may hold what is above 20.
    expect(surelyAbove(19.88)).toBeCloseTo(20.5);
  });

  it('keeps every percentile asked for, and its size, however many buckets come', () => {
    fc.assert(
      fc.property(fc.array(fc.array(bucket, { maxLength: 60 }), { maxLength: 30 }), (looks) => {
        let compact: Histogram = [];
        let whole: Histogram = [];
        for (const look of looks) {
          compact = merged(compact, look, 1e9, [0.5, 0.99]);
          whole = plain(whole, look);
        }
        expect(compact.length).toBeLessThanOrEqual(128);
        expect(totalOf(compact)).toBe(totalOf(whole));
        for (const quantile of [0.5, 0.99]) {
          const [kept, exact] = [quantileEdges(compact, quantile)?.high ?? 1, quantileEdges(whole, quantile)?.high ?? 1];
          expect(kept / exact).toBeLessThanOrEqual(1.04);
          expect(kept / exact).toBeGreaterThanOrEqual(0.96);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lets old requests fade, so that a percentile follows the day', () => {
    let histogram: Histogram = [];
    for (let look = 0; look < 50; look += 1) histogram = merged(histogram, [{ atMost: 10.25, count: 100 }], 1000, [0.5]);
    expect(totalOf(histogram)).toBeCloseTo(1000);
    for (let look = 0; look < 20; look += 1) histogram = merged(histogram, [{ atMost: 20.5, count: 100 }], 1000, [0.5]);
    expect(quantileEdges(histogram, 0.5)?.high).toBe(20.5);
  });
});

/** Merging without bounds. */
function plain(before: Histogram, more: readonly { readonly atMost: number; readonly count: number }[]): Histogram {
  const counts = new Map(before);
  for (const { atMost, count } of more) counts.set(atMost, (counts.get(atMost) ?? 0) + count);
  return [...counts].toSorted(([a], [b]) => a - b);
}
