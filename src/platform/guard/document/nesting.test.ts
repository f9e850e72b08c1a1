// Depth is counted where it is one: not in strings, not in remarks, not side by side; and statements by their words, each for itself.
import { expect, it } from 'vitest';
import { nestingOf } from './nesting.ts';

it.each([
  ['', 0, 0, 0],
  ['a (b) [c] {d}', 1, 10, 10],
  ['([{}])', 3, 6, 6],
  ['();'.repeat(1_000), 1, 2, 2],
  ['"(((" (', 1, 2, 2],
  [String.raw`"\"(((" (`, 1, 2, 2],
  ['// (((\n(', 1, 1, 1],
  ['"a // b" (', 1, 2, 2],
  ['")" ((', 2, 3, 3],
  ['"never ends ((((', 0, 1, 1],
  [')))((', 2, 5, 5],
  ['a; b.c; d', 0, 3, 3],
  ['"a;b" c', 0, 2, 2],
  ['a.b && c, d || e.f.g', 0, 15, 5],
  ['('.repeat(100_000), 100_000, 100_000, 100_000],
])('of %.40s', (text, brackets, words, chain) => {
  expect(nestingOf(text)).toEqual({ brackets, words, chain });
});
