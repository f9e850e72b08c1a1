// Against textbook values: n = 10 gives ranks 2 and 9 with coverage 0.9785.
import { describe, expect, it } from 'vitest';
import { linearFit, median, medianInterval } from './median.ts';

describe('median', () => {
  it('is the middle, or the mean of the two middle values', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

describe('medianInterval', () => {
  it('takes the second and the second-last of ten values', () => {
    const interval = medianInterval([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(interval).toMatchObject({ low: 2, high: 9 });
    expect(interval.confidence).toBeCloseTo(0.9785, 4);
  });

  it('says what coverage it has when there are too few values', () => {
    expect(medianInterval([1, 2, 3])).toMatchObject({ low: 1, high: 3, confidence: 0.75 });
  });
});

describe('linearFit', () => {
  it('finds the line of points on a line, the least squares of others, and none for a single x', () => {
    expect(linearFit([0, 1, 2].map((x) => [x, 3 * x - 1]))).toEqual({ slope: 3, intercept: -1 });
    // By hand: mean x 1, mean y 4/3, covariance 3, variance 2.
    expect(
      linearFit([
        [0, 0],
        [1, 1],
        [2, 3],
      ]).slope,
    ).toBeCloseTo(1.5);
    expect(
      linearFit([
        [1, 1],
        [1, 2],
      ]).slope,
    ).toBeNaN();
  });
});
