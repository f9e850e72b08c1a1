// Patterns that are taken are read in few ways, whatever the text: counted on the automaton, for made-up patterns and texts that repeat.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Automaton } from './automaton.ts';
import { automatonOf } from './automaton.ts';
import { lettersOf, parsePattern } from './parse.ts';
import { longestText, matcherOf, patternProblem } from './pattern.ts';

/** In how many ways an engine that backtracks can have read a text, over all places where it may stand then. */
function waysToRead({ letters, next }: Automaton, text: string): number {
  let places = new Map([[0, 1]]);
  for (const sign of text) {
    const after = new Map<number, number>();
    for (const [place, ways] of places)
      for (const [to, more] of next[place] ?? [])
        if (((letters[to] ?? 0n) & lettersOf(sign)) !== 0n) after.set(to, (after.get(to) ?? 0) + ways * more);
    places = after;
  }
  return [...places.values()].reduce((sum, ways) => sum + ways, 0);
}

const pattern = fc.letrec<{ one: string }>((tie) => ({
  one: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', '[ab]', '.'),
    fc.tuple(tie('one'), tie('one')).map(([a, b]) => a + b),
    fc.tuple(tie('one'), tie('one')).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie('one'), fc.constantFrom('*', '+', '?', '{2}', '{0,3}', '{1,}')).map(([a, repeat]) => `(?:${a})${repeat}`),
  ),
})).one;

const length = 60;
const words = ['a', 'b', 'ab', 'ba', 'aab', 'abb', 'abab'].map((word) => word.repeat(length).slice(0, length));

describe('a pattern that is taken', () => {
  it('is read in no more ways than the square of the length allows', () => {
    const most = 2 ** 8 * (length + 1) ** 2;
    fc.assert(
      fc.property(pattern, (text) => {
        if (patternProblem(text) !== undefined) return;
        const automaton = automatonOf(parsePattern(text));
        for (const word of words) expect(waysToRead(automaton, word)).toBeLessThanOrEqual(most);
      }),
      { numRuns: 2_000 },
    );
  });

  it('means what it means to RegExp, from end to end, and no long text matches', () => {
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (text, word) => {
        if (patternProblem(text) === undefined) expect(matcherOf(text)(word)).toBe(new RegExp(`^(?:${text})$`).test(word));
      }),
    );
    expect(matcherOf('.*')('a'.repeat(longestText))).toBe(true);
    expect(matcherOf('.*')('a'.repeat(longestText + 1))).toBe(false);
    expect(() => matcherOf('(a+)+')).toThrow('exponentially');
  });

  it('is one that the count would show to be slow, if it is refused for that', () => {
    for (const text of ['(a+)+', '(a|a)*', '(a|ab|b)*', '(a*b?)*', 'a*a*a*a*']) {
      expect(patternProblem(text)).toBeDefined();
      const ways = words.map((word) => waysToRead(automatonOf(parsePattern(text)), word));
      expect(Math.max(...ways)).toBeGreaterThan(2 * (length + 1) ** 2);
    }
  });
});
