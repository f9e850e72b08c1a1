// What reaches a terminal from elsewhere can be read, and does nothing.
import { describe, expect, it } from 'vitest';
import { visible, visibleWithColours } from './visible.ts';

describe('visible', () => {
  it.each([
    ['a title', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['a cleared screen', '\u001b[2J', '\\x1b[2J'],
    ['the clipboard', '\u001b]52;c;ZXZpbA==\u001b\\', '\\x1b]52;c;ZXZpbA==\\x1b\\'],
    ['a forged line', 'ok\rerror: none', 'ok\\x0derror: none'],
    ['a one-byte introducer', '\u009b31m', '\\x9b31m'],
    ['reversed reading', 'exe.\u202egpj', 'exe.\\x202egpj'],
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
});
