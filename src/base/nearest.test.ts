// Suggestions name what was meant, and say nothing rather than something far-fetched.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from './nearest.ts';

describe('nearest', () => {
  const known = ['replicas', 'port', 'probe', 'routes', 'env'];

  it.each([
    ['replica', 'replicas'],
    ['rpelicas', 'replicas'],
    ['Port', 'port'],
    ['ports', 'port'],
    ['route', 'routes'],
    ['evn', 'env'],
  ])('takes %s for %s', (given, meant) => {
    expect(nearest(given, known)).toBe(meant);
  });

  it.each(['volumes', 'x', '', 'a'.repeat(10_000)])('makes nothing of %.20j', (given) => {
    expect(nearest(given, known)).toBeUndefined();
    expect(didYouMean(given, known)).toBe('');
  });

  it('says it in a message', () => {
    expect(didYouMean('replica', known)).toBe(', did you mean "replicas"?');
  });
});

describe('editDistance', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });

  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
  ])('of %j and %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is symmetric, zero only for the same word, and at most the longer length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});
