// Statistics against numbers that others published or that can be summed up by hand; intervals against how often they cover the truth.
import { describe, expect, it } from 'vitest';
import { Random } from '../../../base/random.ts';
import { logChoose } from '../../analyse/binomial.ts';
import { binomialAtMost } from './binomial.ts';
import { joined, ratioOf, shareOfBlocks } from './bootstrap.ts';
import { evennessInterval, evennessOf } from './evenness.ts';
import { confidence } from './interval.ts';
import { normalFrom, normalQuantile } from './normal.ts';
import { ranksOf, samplesForMaximum } from './ranks.ts';
import { clopperPearson, outcomesNeeded, powerOf, wilson } from './share.ts';
import { theilSen } from './slope.ts';
import { fitUsl, uslAt, uslIntervals } from './usl.ts';

describe('the binomial distribution', () => {
  it('is the sum of its terms', () => {
    for (const [n, p] of [
      [12, 0.3],
      [60, 0.01],
      [400, 0.97],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < n; k += 1) {
        sum += Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
        expect(binomialAtMost(k, n, p)).toBeCloseTo(sum, 10);
      }
    }
  });

  it('holds for millions', () => {
    expect(binomialAtMost(0, 2_000_000, 1e-6)).toBeCloseTo(Math.exp(2_000_000 * Math.log1p(-1e-6)), 9);
    expect(binomialAtMost(1_000_000, 2_000_000, 0.5)).toBeCloseTo(0.5 + 0.5 * 0.000_564_19, 6);
  });
});

describe('how many outcomes a claim needs', () => {
  // Exact binomial, one-sided, by the number of failures seen.
  const table = [
    [0.999, [2995, 4742, 6294, 7752, 10_511, 16_959, 29_058]],
    [0.9995, [5990, 9486, 12_590, 15_505, 21_024, 33_921, 58_120]],
    [0.9999, [29_956, 47_437, 62_956, 77_535, 105_128, 169_619, 290_616]],
  ] as const;

  it.each(table)('%f at 95 %%', (claim, needed) => {
    expect([0, 1, 2, 3, 5, 10, 20].map((failures) => outcomesNeeded(claim, failures, 0.95))).toEqual(needed);
  });

  it('and at 99 %', () => {
    expect([0.999, 0.9995, 0.9999].map((claim) => outcomesNeeded(claim, 0, 0.99))).toEqual([4603, 9209, 46_050]);
  });

  it('agrees with the interval that the claim is judged by', () => {
    const n = outcomesNeeded(0.9995, 3, 0.95);
    expect(clopperPearson(n - 3, n, 0.9).lower).toBeGreaterThanOrEqual(0.9995);
    expect(clopperPearson(n - 4, n - 1, 0.9).lower).toBeLessThan(0.9995);
  });

  it('says how often a system of a true rate would pass', () => {
    expect(powerOf(0.9995, 20_000, 1e-4, 0.95)).toBeCloseTo(0.95, 2);
    expect(powerOf(0.9995, 40_000, 2e-4, 0.95)).toBeCloseTo(0.94, 2);
    expect(powerOf(0.9995, 60_000, 2e-4, 0.95)).toBeCloseTo(0.99, 2);
    expect(powerOf(0.9995, 100_000, 3e-4, 0.95)).toBeCloseTo(0.94, 2);
  });
});

describe('the interval of a share', () => {
  it('is the published one', () => {
    // R: binom.test(5, 20) and prop.test(5, 20, correct = FALSE).
    expect(clopperPearson(5, 20, 0.95).lower).toBeCloseTo(0.086_571, 5);
    expect(clopperPearson(5, 20, 0.95).upper).toBeCloseTo(0.491_046, 5);
    expect(wilson(5, 20, 0.95).lower).toBeCloseTo(0.111_861, 5);
    expect(wilson(5, 20, 0.95).upper).toBeCloseTo(0.468_701, 5);
  });

  it('says nothing of nothing, and reaches the ends', () => {
    expect(clopperPearson(0, 0, 0.95)).toEqual({ lower: 0, upper: 1 });
    expect(clopperPearson(0, 100, 0.95)).toEqual({ lower: 0, upper: expect.closeTo(1 - 0.025 ** 0.01, 9) });
    expect(clopperPearson(100, 100, 0.95).upper).toBe(1);
    expect(wilson(0, 0, 0.95)).toEqual({ lower: 0, upper: 1 });
  });

  it('covers the truth at least as often as it says', () => {
    for (const p of [0.02, 0.3, 0.9]) {
      let covered = 0;
      for (let k = 0; k <= 50; k += 1) {
        const { lower, upper } = clopperPearson(k, 50, 0.95);
        if (lower <= p && p <= upper) covered += binomialAtMost(k, 50, p) - binomialAtMost(k - 1, 50, p);
      }
      expect(covered).toBeGreaterThanOrEqual(0.95);
    }
  });
});

describe('the interval of a quantile', () => {
  it('lies between the ranks that are published for p99', () => {
    // Shares of the sample: 98.38 % … 99.62 % of 1,000, and so on.
    for (const [n, low, high] of [
      [1000, 0.9838, 0.9962],
      [3000, 0.9864, 0.9936],
      [10_000, 0.9881, 0.9919],
      [30_000, 0.9889, 0.9911],
      [100_000, 0.9894, 0.9906],
    ] as const) {
      const ranks = ranksOf(0.99, n, 0.95);
      expect((ranks.lower ?? 0) / n).toBeCloseTo(low, 2);
      expect((ranks.upper ?? 0) / n).toBeCloseTo(high, 2);
      expect(Math.abs((ranks.lower ?? 0) / n - low)).toBeLessThan(0.0012);
      expect(Math.abs((ranks.upper ?? 0) / n - high)).toBeLessThan(0.0012);
    }
  });

  it('has no upper end below the sample that has one', () => {
    expect([0.95, 0.99, 0.999].map((p) => samplesForMaximum(p, 0.95))).toEqual([59, 299, 2995]);
    expect(ranksOf(0.99, 298, 0.9).upper).toBeUndefined();
    expect(ranksOf(0.99, 299, 0.9).upper).toBe(299);
    expect(ranksOf(0.5, 3, 0.95)).toEqual({ estimate: 2 });
  });

  it('covers with at least the confidence, and not with one rank less', () => {
    const { lower = 0, upper = 0 } = ranksOf(0.9, 200, 0.95);
    const within = (from: number, to: number) => binomialAtMost(to - 1, 200, 0.9) - binomialAtMost(from - 1, 200, 0.9);
    expect(within(lower, upper)).toBeGreaterThanOrEqual(0.95);
    expect(binomialAtMost(lower, 200, 0.9)).toBeGreaterThan(0.025);
  });
});

describe('resampling', () => {
  it('sees that failures which come together say less than as many that do not', () => {
    const spread = Array.from({ length: 100 }, () => ({ good: 99, of: 100 }));
    const clustered = spread.map((_, index) => ({ good: index < 2 ? 50 : 100, of: 100 }));
    const of = (blocks: typeof spread) => shareOfBlocks(blocks, 0.9, new Random(1));
    expect(of(spread)).toEqual({ lower: 0.99, upper: 0.99 });
    expect(of(clustered).lower).toBeLessThan(clopperPearson(9900, 10_000, 0.9).lower);
    expect(of(clustered)).toEqual(of(clustered));
    expect(joined(clustered, 30).map((one) => one.of)).toEqual([3000, 3000, 3000, 1000]);
  });

  it('finds a ratio', () => {
    const random = new Random(7);
    const [a, b] = [20, 10].map((mean) => Array.from({ length: 60 }, () => mean + normalFrom(random)));
    const { lower, upper } = ratioOf(a ?? [], b ?? [], confidence, new Random(3));
    expect(lower).toBeLessThan(2);
    expect(upper).toBeGreaterThan(2);
    expect(upper - lower).toBeLessThan(0.2);
  });
});

describe('a slope', () => {
  it('is found through wild values, and its interval covers as often as it says', () => {
    const random = new Random(11);
    let covered = 0;
    for (let round = 0; round < 200; round += 1) {
      const points = Array.from({ length: 40 }, (_, x) => [x, 3 * x + 5 * normalFrom(random) + (x % 13 === 0 ? 400 : 0)] as const);
      const slope = theilSen(points, 0.95);
      if (slope && slope.lower <= 3 && 3 <= slope.upper) covered += 1;
    }
    expect(covered).toBeGreaterThan(180);
  });

  it('is nothing where nothing grows, and unknown of three points', () => {
    expect(
      theilSen(
        Array.from({ length: 10 }, (_, x) => [x, 5] as const),
        0.95,
      ),
    ).toEqual({ estimate: 0, lower: 0, upper: 0 });
    expect(
      theilSen(
        [
          [0, 1],
          [1, 2],
          [2, 3],
        ],
        0.95,
      ),
    ).toBeUndefined();
    const many = Array.from({ length: 3000 }, (_, x) => [x, x / 10] as const);
    expect(theilSen(many, 0.95)?.estimate).toBeCloseTo(0.1, 9);
  });

  it('takes its quantiles of the normal distribution from the table', () => {
    for (const [p, z] of [
      [0.975, 1.959_963_985],
      [0.95, 1.644_853_627],
      [0.5, 0],
      [0.001, -3.090_232_306],
    ] as const)
      expect(normalQuantile(p)).toBeCloseTo(z, 7);
  });
});

describe('the scalability law', () => {
  const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const measured = (lambda: number, alpha: number, beta: number, noise: number, seed: number) => {
    const random = new Random(seed);
    return [...sizes, ...sizes, ...sizes].map((n) => [n, uslAt({ lambda, alpha, beta }, n) + noise * normalFrom(random)] as const);
  };

  it('finds the parameters that made the points', () => {
    for (const [lambda, alpha, beta] of [
      [1747, 0.149, 0.047],
      [177, 0, 0],
      [500, 0.2, 0],
      [500, 0, 0.01],
    ] as const) {
      const fit = fitUsl(measured(lambda, alpha, beta, 0, 1));
      expect(fit?.lambda).toBeCloseTo(lambda, 3);
      expect(fit?.alpha).toBeCloseTo(alpha, 6);
      expect(fit?.beta).toBeCloseTo(beta, 6);
      expect(fit?.r2).toBeCloseTo(1, 9);
    }
    expect(fitUsl(measured(1747, 0.149, 0.047, 0, 1))?.peak).toBeCloseTo(4.255, 2);
    expect(fitUsl(measured(177, 0, 0, 0, 1))?.peak).toBeUndefined();
  });

  it('keeps within what the law allows where the points go beyond it', () => {
    const better = sizes.map((n) => [n, 100 * n ** 1.1] as const);
    expect(fitUsl(better)).toMatchObject({ alpha: 0, beta: 0 });
    expect(
      fitUsl([
        [1, 100],
        [2, 190],
      ]),
    ).toBeUndefined();
    expect(
      fitUsl([
        [1, 0],
        [2, 0],
        [3, 0],
      ]),
    ).toBeUndefined();
  });

  it('has intervals that hold the truth nine times of ten at least', () => {
    let covered = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const points = measured(1747, 0.149, 0.047, 60, seed);
      const fit = fitUsl(points);
      const intervals = fit && uslIntervals(points, fit, 0.95, new Random(seed), 200);
      if (intervals && intervals.beta.lower <= 0.047 && 0.047 <= intervals.beta.upper) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(17);
  });
});

describe('evenness', () => {
  it('is the total variation from what was wanted', () => {
    expect(evennessOf({ a: 50, b: 50 }).accuracy).toBe(1);
    expect(evennessOf({ a: 100, b: 0 }).accuracy).toBe(0.5);
    expect(evennessOf({ a: 100, b: 0 }, { a: 3, b: 1 }).accuracy).toBe(0.75);
    expect(evennessOf({ a: 0, b: 0 }).accuracy).toBe(0);
    expect(evennessOf({ a: 10 }, { a: 1, b: 1 }).accuracy).toBe(0.5);
  });

  it('tells what a lottery would reach, and an interval around the value', () => {
    const random = new Random(5);
    let sum = 0;
    for (let round = 0; round < 300; round += 1) {
      const counts: Record<string, number> = { a: 0, b: 0, c: 0, d: 0 };
      for (let n = 0; n < 400; n += 1) {
        const key = random.pick(['a', 'b', 'c', 'd']);
        counts[key] = (counts[key] ?? 0) + 1;
      }
      sum += evennessOf(counts).accuracy;
    }
    expect(evennessOf({ a: 100, b: 100, c: 100, d: 100 }).byLot).toBeCloseTo(sum / 300, 2);
    const { lower, upper } = evennessInterval({ a: 9_000, b: 11_000 }, 0.95, new Random(1));
    expect(lower).toBeGreaterThan(0.94);
    expect(upper).toBeGreaterThanOrEqual(0.95);
    expect(upper).toBeLessThan(0.96);
  });
});
