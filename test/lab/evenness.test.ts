// The measure of an even split, at its ends and between them.
import { expect, it } from 'vitest';
import { evenness } from '../../tools/lab/evenness.ts';

it.each([
  [[100, 100, 100, 100], 4, 1],
  [[400], 4, 0.25],
  [[200, 200], 4, 0.5],
  [[98, 102, 100, 100], 4, 0.995],
])('of %j over %i replicas is %d', (answered, replicas, share) => {
  expect(evenness(answered, replicas)).toBeCloseTo(share, 10);
});

it('of nothing is nothing, and no number', () => {
  expect(evenness([], 3)).toBeNaN();
});
