// A sample of histories, run in every test; `npm run simulate` runs as many as one likes.
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

describe('simulation', () => {
  it.each(Array.from({ length: 60 }, (_, index) => index + 1))('holds every rule through the history of seed %i', async (seed) => {
    expect((await simulate(seed)).violations).toEqual([]);
  });

  it('lives the same history twice', async () => {
    expect(await simulate(7)).toEqual(await simulate(7));
  });

  // Histories that once broke a rule; what was wrong is in the commit that mended it.
  it.each([
    2, 14, 18, 22, 459, 877, 1175, 20_246, 31_050, 3426, 1515, 1767, 4332, 6391,
  ])('keeps the mended history of seed %i whole', async (seed) => {
    expect((await simulate(seed)).violations).toEqual([]);
  });
});
