// What reaches a terminal from elsewhere can be read, and does nothing.
import { describe, expect, it } from 'vitest';
import { visible, visibleJson, visibleLine, visibleWithColours } from './text.ts';

describe('visible', () => {
  it.each([
    ['a title', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['a cleared screen', '\u001b[2J', '\\x1b[2J'],
    ['the clipboard', '\u001b]52;c;ZXZpbA==\u001b\\', '\\x1b]52;c;ZXZpbA==\\x1b\\'],
    ['a forged line', 'ok\rerror: none', 'ok\\x0derror: none'],
    ['a one-byte introducer', '\u009b31m', '\\x9b31m'],
    ['a word that is not seen', 'ad\u200bmin\u{e0041}', 'ad\\u{200b}min\\u{e0041}'],
    ['reversed reading', 'exe.\u202egpj', 'exe.\\u{202e}gpj'],
  ])('shows %s instead of obeying it', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(visibleWithColours(text)).toBe(shown);
  });

  it('leaves lines, tabs and other languages alone', () => {
    const text = 'eins\tzwei\nдва 三 🚀';
    expect(visible(text)).toBe(text);
  });

  it('lets plain colours through where they are wanted, and nothing that conceals', () => {
    expect(visibleWithColours('\u001b[31mred\u001b[39m')).toBe('\u001b[31mred\u001b[39m');
    expect(visibleWithColours('\u001b[8mhidden')).toBe('\\x1b[8mhidden');
    expect(visible('\u001b[31mred')).toBe('\\x1b[31mred');
  });

  it('leaves what belongs to a script or a picture, and shows it elsewhere', () => {
    for (const text of ['می\u200cخواهم', '👩\u200d💻', '❤\ufe0f']) expect(visible(text)).toBe(text);
    expect(visible('a\u200db')).toBe('a\\u{200d}b');
  });

  it('keeps one line one line, where it has to be one', () => {
    expect(visibleLine('ok\r\nforged\t!')).toBe('ok\\x0d\\x0aforged\\x09!');
    expect(visible('two\nlines')).toBe('two\nlines');
  });

  it('writes JSON that says the same', () => {
    const value = { name: 'a\u202eb\u009b2J\u{e0041}', text: 'ü\u2028🚀\u200d\n' };
    for (const json of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      expect(JSON.parse(visibleJson(json))).toEqual(value);
      expect(visibleJson(json)).not.toMatch(/\u202e|\u009b|\u2028|\u200d|\u{e0041}/u);
    }
    expect(visibleJson('{"a":"ü"}')).toBe('{"a":"ü"}');
  });
});
