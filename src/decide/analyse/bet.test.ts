// A bet is fair by lot and pays no more than its stake on average when the hypothesis is true: summed over every outcome, not sampled.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logBet } from './bet.ts';
import { logChoose, logFactorial, logSum } from './binomial.ts';

const odds = fc.constantFrom(0.02, 0.1, 0.6, 0.8, 1.3, 2, 10, 40);
const requests = fc.integer({ min: 0, max: 12 });
const rate = fc.double({ min: 0, max: 1, noNaN: true });

const binomial = (n: number, k: number, p: number) => Math.exp(logChoose(n, k)) * p ** k * (1 - p) ** (n - k);

/** Mean of what the bet makes of 1, over every table there can be. */
function mean(ratio: number, baseline: { of: number; rate: number }, canary: { of: number; rate: number }, allowance: number): number {
  let sum = 0;
  for (let old = 0; old <= baseline.of; old += 1)
    for (let fresh = 0; fresh <= canary.of; fresh += 1) {
      const table = { baseline: { of: baseline.of, hit: old }, canary: { of: canary.of, hit: fresh } };
      const likely = binomial(baseline.of, old, baseline.rate) * binomial(canary.of, fresh, canary.rate);
      sum += likely * Math.exp(logBet(ratio, table, allowance));
    }
  return sum;
}

describe('logBet', () => {
  it('is worth exactly its stake on average when both have the same rate', () => {
    fc.assert(
      fc.property(odds, requests, requests, rate, (ratio, of, fresh, p) => {
        expect(mean(ratio, { of, rate: p }, { of: fresh, rate: p }, 0)).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('is worth at most its stake on average wherever the rates keep to the hypothesis, with any allowance', () => {
    fc.assert(
      fc.property(
        odds,
        requests,
        requests,
        rate,
        rate,
        fc.double({ min: 0, max: 0.3, noNaN: true }),
        (ratio, of, fresh, p, part, allowance) => {
          const limit = p + allowance * (1 - p);
          // Not worse than allowed for bets on worse; at least as bad as that for bets on fine.
          const canary = ratio > 1 ? limit * part : limit + (1 - limit) * part;
          expect(mean(ratio, { of, rate: p }, { of: fresh, rate: canary }, allowance)).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
      { numRuns: 120 },
    );
  });

  it('gains when the canary is what it bets on, and says nothing where one side has no requests', () => {
    const worse = { baseline: { of: 100, hit: 1 }, canary: { of: 100, hit: 9 } };
    expect(logBet(10, worse, 0)).toBeGreaterThan(3);
    expect(logBet(0.1, worse, 0)).toBeLessThan(-3);
    expect(logBet(10, worse, 0.2)).toBeLessThan(0);
    expect(logBet(10, { baseline: { of: 0, hit: 0 }, canary: { of: 100, hit: 9 } }, 0)).toBe(0);
    expect(logBet(10, { baseline: { of: 100, hit: 9 }, canary: { of: 0, hit: 0 } }, 0)).toBe(0);
  });

  it('learns nothing from an outage that takes all requests of both', () => {
    const outage = { baseline: { of: 500, hit: 500 }, canary: { of: 25, hit: 25 } };
    expect(logBet(10, outage, 0.01)).toBeCloseTo(0, 9);
  });

  it('stays a number, and repeats itself in halves, for counts of a large site', () => {
    const big = { baseline: { of: 2_000_000, hit: 1_000_000 }, canary: { of: 2_000_000, hit: 1_010_000 } };
    expect(logBet(1.3, big, 0)).toBeGreaterThan(-40_000);
    expect(Number.isFinite(logBet(40, big, 0.01))).toBe(true);
    // For rare hits a large table is nearly the sum of its halves.
    const whole = logBet(4, { baseline: { of: 200_000, hit: 20 }, canary: { of: 200_000, hit: 60 } }, 0);
    const half = logBet(4, { baseline: { of: 100_000, hit: 10 }, canary: { of: 100_000, hit: 30 } }, 0);
    expect(Math.abs(whole - 2 * half)).toBeLessThan(0.01);
  });
});

describe('logarithms', () => {
  it('of factorials agree with the sum of their factors on both sides of the table', () => {
    for (const n of [0, 1, 20, 255, 256, 1000]) {
      let sum = 0;
      for (let k = 2; k <= n; k += 1) sum += Math.log(k);
      expect(logFactorial(n)).toBeCloseTo(sum, 9);
    }
    expect(Math.exp(logChoose(49, 6))).toBeCloseTo(13_983_816, 3);
    expect(logChoose(5, 6)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('of sums hold where the numbers themselves would be out of range', () => {
    expect(logSum(-2000, -2000)).toBeCloseTo(-2000 + Math.LN2);
    expect(logSum(Number.NEGATIVE_INFINITY, 3)).toBe(3);
  });
});
