// The same is found as by looking for each text by itself; many texts that are alike cost no more than few that are not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownTexts } from './known-texts.ts';

const shortest = 3;
/** Few letters, so that texts begin alike, stand in one another and repeat themselves. */
const letters = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom('a', 'b'), { minLength, maxLength }).map((all) => all.join(''));
const cases: [fc.Arbitrary<string[]>, fc.Arbitrary<string>] = [fc.array(letters(shortest, 8), { maxLength: 8 }), letters(0, 30)];

function places(text: string): readonly number[] {
  return Array.from({ length: text.length }, (_, at) => at);
}

describe('known texts', () => {
  it('are found as long as they are, at every place', () => {
    fc.assert(
      fc.property(...cases, (texts, text) => {
        const known = new KnownTexts(new Set(texts), shortest);
        const longest = (at: number) => Math.max(0, ...texts.filter((one) => text.startsWith(one, at)).map(({ length }) => length));
        expect(places(text).map((at) => known.lengthAt(text, at))).toEqual(places(text).map(longest));
      }),
    );
  });

  it('may go on where the end of a text is what one begins with', () => {
    fc.assert(
      fc.property(...cases, (texts, text) => {
        const known = new KnownTexts(new Set(texts), shortest);
        const goesOn = (at: number) => texts.some((one) => one.length > text.length - at && one.startsWith(text.slice(at)));
        expect(places(text).map((at) => known.mayGoOn(text, at))).toEqual(places(text).map(goesOn));
      }),
    );
  });

  it('that are long are found by how they begin, as far as they go', () => {
    const [one, other] = [`${'a'.repeat(300)}bcd`, `${'a'.repeat(300)}xyz${'e'.repeat(300)}`];
    const known = new KnownTexts(new Set([one, other]), shortest);
    expect(known.lengthAt(`-${one}-`, 1)).toBe(303);
    expect(known.lengthAt(`-${other}-`, 1)).toBe(603);
    expect(known.lengthAt(`-${other.slice(0, 400)}-`, 1)).toBe(400);
    expect(known.lengthAt(`-${other.slice(0, 255)}-`, 1)).toBe(0);
    expect([255, 256, 400, 602, 603].map((length) => known.mayGoOn(other.slice(0, length), 0))).toEqual([true, true, true, true, false]);
    expect(known.mayGoOn(`${other.slice(0, 400)}-`, 0)).toBe(false);
  });

  it('cost what the text does, however many there are and however alike', () => {
    const alike = Array.from({ length: 20_000 }, (_, number) => `${'a'.repeat(40)}${number.toString().padStart(6, '0')}`);
    const known = new KnownTexts(new Set(alike), 6);
    const text = `${`${'a'.repeat(40)}-`.repeat(5_000)}${alike[12_345]}`;
    // Looked for one by one these would be billions of comparisons.
    const found = places(text).filter((at) => known.lengthAt(text, at) > 0 || known.mayGoOn(text, at));
    expect(found.map((at) => text.slice(at))).toEqual([alike[12_345]]);
  });
});
