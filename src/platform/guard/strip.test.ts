// What a person would not see a model does not read; what he would, it does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stripped } from './strip.ts';
import { visible } from './text.ts';

describe('words of others', () => {
  it.each([
    ['colours and cursor', '\u001b[31mred\u001b[0m\u001b[2K\u001b[1A', 'red'],
    ['a title and a link', '\u001b]0;owned\u0007a\u001b]8;;https://evil.example\u001b\\b\u001b]8;;\u001b\\', 'ab'],
    ['a string without its end', 'a\u001bPhidden words', 'a'],
    ['one-byte forms', 'a\u009b31mb\u009dtitle\u009cc', 'abc'],
    ['zero-width', 'ig\u200bno\u200dre\ufeff', 'ignore'],
    ['reading direction', 'a\u202eb\u2066c\u2069', 'abc'],
    [
      'tags, which only models read',
      `ok${Array.from('run')
        .map((one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0)))
        .join('')}`,
      'ok',
    ],
    ['controls', 'a\u0000b\rc\u0008', 'abc'],
  ])('lose %s', (_, text, left) => {
    expect(stripped(text)).toBe(left);
  });

  it.each(['C:\\x41\\u{202e}', 'tab\tand\nline', '日本語 – é', '👩‍👩‍👧 ❤️', '\\\\', 'नमस्‍ते'])('keep what is seen: %s', (text) => {
    expect(stripped(text)).toBe(text);
  });

  it('hold nothing afterwards that would have to be shown by its number', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const left = stripped(text);
        expect(visible(left)).toBe(left);
      }),
    );
  });
});
