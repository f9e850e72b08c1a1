// Shifts by ranks: against vectors that Kayenta and R publish, and against permutations counted out.
import { createHistogram } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chanceOfHigher, shiftOf } from './ranks.ts';

describe('shiftOf', () => {
  it('A-9 gives the interval and the Hodges–Lehmann estimate, and the coverage that it really has', () => {
    const shift = shiftOf([10, 20, 30, 40], [1, 2, 3, 4], 0.95);
    expect(shift).toMatchObject({ low: 6, high: 39, estimate: 22.5, word: 'higher' });
    // 1 − 2/70: with four values each there is no interval of 98 %.
    expect(shift.confidence).toBeCloseTo(0.9714, 4);
    expect(shiftOf([10, 20, 30, 40], [1, 2, 3, 4], 0.98)).toMatchObject({ low: 6, high: 39, word: 'same' });
  });

  it('A-10 is higher, by a ratio of 12.04: critical from a limit of 12, not from 13', () => {
    const shift = shiftOf([20, 22, 21, 25, 30], [1, 2.2, 1.1, 2.5, 3], 0.98);
    expect(shift.word).toBe('higher');
    expect(shift.ratio).toBeCloseTo(12.04, 2);
  });

  it('A-11 is lower', () => {
    expect(shiftOf([2, 2, 2, 2, 3], [10, 20.2, 10.1, 20.5, 30], 0.98).word).toBe('lower');
  });

  it('takes the ranks of the tables: 24 of 100 differences for ten values each at 95 %', () => {
    const ten = Array.from({ length: 10 }, (_, index) => index * 1.01 ** index);
    const other = ten.map((value) => value * 1.3 + 0.1);
    const differences = other.flatMap((a) => ten.map((b) => a - b)).toSorted((a, b) => a - b);
    // Critical value 23 for U at n = m = 10, two-sided 5 % (any table of the Mann–Whitney test).
    const shift = shiftOf(other, ten, 0.95);
    expect([shift.low, shift.high]).toEqual([differences[23], differences[76]]);
  });

  it('has no word for nothing', () => {
    expect(shiftOf([], [1, 2], 0.95)).toMatchObject({ word: 'same', estimate: Number.NaN });
  });
});

describe('chanceOfHigher', () => {
  it('counts the permutations, with ties', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 }),
        (these, those) => {
          expect(chanceOfHigher(these, those)).toBeCloseTo(counted(these, those), 10);
        },
      ),
    );
  });

  it('agrees beyond 40 values with the test of Node.js, which has no continuity correction', () => {
    const these = Array.from({ length: 60 }, (_, index) => 100 + ((index * 37) % 61));
    const those = Array.from({ length: 60 }, (_, index) => 90 + ((index * 53) % 67));
    const oneSided = nodeMannWhitney(these, those) / 2;
    const excess = chanceOfHigher(these, those) - oneSided;
    expect(excess).toBeGreaterThan(0);
    expect(excess).toBeLessThan(0.0005);
    expect(chanceOfHigher(those, these)).toBeCloseTo(1 - oneSided, 2);
  });

  it('knows nothing without values, nor of values that are all alike', () => {
    expect(chanceOfHigher([], [1])).toBe(1);
    expect(chanceOfHigher([2, 2, 2], [2, 2])).toBe(1);
    expect(chanceOfHigher(Array(50).fill(2), Array(50).fill(2))).toBe(1);
  });
});

/** By definition: the share of all ways to name `these.length` of the values whose rank sum is as large. */
function counted(these: readonly number[], those: readonly number[]): number {
  const all = [...these, ...those];
  const rank = (value: number) => all.filter((one) => one < value).length + all.filter((one) => one === value).length / 2;
  const seen = these.reduce((sum, value) => sum + rank(value), 0);
  let [larger, ways] = [0, 0];
  for (let mask = 0; mask < 2 ** all.length; mask += 1) {
    const named = all.filter((_, index) => mask & (1 << index));
    if (named.length !== these.length) continue;
    ways += 1;
    if (named.reduce((sum, value) => sum + rank(value), 0) >= seen - 1e-9) larger += 1;
  }
  return larger / ways;
}

function nodeMannWhitney(these: readonly number[], those: readonly number[]): number {
  const [a, b] = [these, those].map((values) => {
    const histogram = createHistogram({ lowest: 1, highest: 1000, figures: 3 });
    for (const value of values) histogram.record(value);
    return histogram;
  });
  if (a === undefined || !('mannWhitneyTest' in a) || typeof a.mannWhitneyTest !== 'function')
    throw new Error('this Node.js has no such test');
  const result: unknown = a.mannWhitneyTest(b);
  return (result as { readonly pValue: number }).pValue;
}
