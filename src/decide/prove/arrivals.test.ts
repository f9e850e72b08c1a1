// Schedules: as many as the rate says, in order, evenly or as chance has it, and the same again from the same seed.
import { describe, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import type { OpenArrivals } from './arrivals.ts';
import { arrivalTimes, dueBy, highestRate } from './arrivals.ts';

const times = (arrivals: OpenArrivals, lasts: number, seed = 1) => {
  const random = new Random(seed);
  return [...arrivalTimes(arrivals, lasts, () => random.next())];
};
const between = (all: readonly number[], from: number, to: number) => all.filter((at) => at >= from && at < to).length;

/** Standard deviation of the counts by their mean. */
function variation(all: readonly number[], lasts: number, width: number): number {
  const counts = Array.from({ length: lasts / width }, (_, index) => between(all, index * width, (index + 1) * width));
  const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length;
  return Math.sqrt(counts.reduce((sum, one) => sum + (one - mean) ** 2, 0) / counts.length) / mean;
}

const shapes: readonly (readonly [OpenArrivals, number])[] = [
  [{ kind: 'constant', rate: 333 }, 3_330],
  [{ kind: 'ramp', from: 0, to: 200 }, 1_000],
  [{ kind: 'ramp', from: 500, to: 100 }, 3_000],
  [{ kind: 'spike', base: 50, peak: 1000, at: 4000, lasts: 1000 }, 1_450],
  [{ kind: 'sine', base: 100, amplitude: 100, period: 5000 }, 1_000],
  [{ kind: 'replay', rates: [10, 0, 500, 20] }, 530],
];

describe('a schedule', () => {
  it.each(shapes)('of %j has what was due, ascending and within its time', (arrivals, due) => {
    const all = times(arrivals, 10_000);
    expect(Math.abs(dueBy(arrivals, 10_000, 10_000) - due)).toBeLessThan(1e-6);
    expect(Math.abs(all.length - due)).toBeLessThanOrEqual(1);
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect(all.every((at) => at >= 0 && at < 10_000)).toBe(true);
    for (const at of [1_000, 2_500, 4_200, 9_900])
      expect(Math.abs(between(all, 0, at) - dueBy(arrivals, at, 10_000))).toBeLessThanOrEqual(1.01);
  });

  it('keeps still where its rate is nothing, and hurries where it peaks', () => {
    const replayed = times({ kind: 'replay', rates: [10, 0, 500, 20] }, 10_000);
    expect([0, 1, 2, 3, 4].map((second) => between(replayed, second * 1000, (second + 1) * 1000))).toEqual([10, 0, 500, 20, 0]);
    const spike = times({ kind: 'spike', base: 50, peak: 1000, at: 4000, lasts: 1000 }, 10_000);
    expect(between(spike, 4000, 5000)).toBe(1000);
    expect(between(spike, 5000, 6000)).toBe(50);
  });

  it('is even when constant, and by chance when Poisson, at 500 a second in slices of 20 ms', () => {
    expect(variation(times({ kind: 'constant', rate: 500 }, 60_000), 60_000, 20)).toBeLessThan(0.01);
    const found = variation(times({ kind: 'poisson', rate: 500 }, 60_000), 60_000, 20);
    expect(found).toBeGreaterThan(0.27);
    expect(found).toBeLessThan(0.37);
  });

  it('of Poisson arrivals follows from its seed', () => {
    const poisson: OpenArrivals = { kind: 'poisson', rate: 200 };
    expect(times(poisson, 5_000, 7)).toEqual(times(poisson, 5_000, 7));
    expect(times(poisson, 5_000, 7)).not.toEqual(times(poisson, 5_000, 8));
    expect(Math.abs(times(poisson, 100_000, 7).length - 20_000)).toBeLessThan(700);
  });

  it('has nothing where nothing is due', () => {
    expect(times({ kind: 'constant', rate: 0 }, 1_000)).toEqual([]);
    expect(times({ kind: 'poisson', rate: 0 }, 1_000)).toEqual([]);
    expect(times({ kind: 'replay', rates: [] }, 1_000)).toEqual([]);
  });

  it('knows its highest rate', () => {
    expect(shapes.map(([arrivals]) => highestRate(arrivals))).toEqual([333, 200, 500, 1000, 200, 500]);
  });
});
