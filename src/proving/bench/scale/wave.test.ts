// The computed wave flaps when nothing damps it, and does not as it is.
import { expect, it } from 'vitest';
import { computedWave, reversalsIn } from './wave.ts';

it('counts each rise after a fall', () => {
  expect([[1, 1, 3, 3, 2, 2, 4], [3, 1, 2, 1, 2], [1, 2, 3], []].map(reversalsIn)).toEqual([1, 2, 0, 0]);
});

it('a load that swings each minute is followed up once, and not down in between', () => {
  const { sizes, below } = computedWave();
  expect(reversalsIn(sizes)).toBe(0);
  expect(sizes.at(-1)).toBe(5);
  expect(below).toBeLessThan(15);
});
