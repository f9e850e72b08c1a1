// The order of keys that every store agrees on: by code point, which is also the byte order of UTF-8 that SQLite compares in.
import { CodeError } from '../../base/errors.ts';
import type { ListOptions } from '../../ports/store.ts';

/** Bounds of a listing; an absent one is open. `from` is inside, `above` and `below` are outside. */
export interface KeyRange {
  readonly from?: string;
  readonly above?: string;
  readonly below?: string;
}

const maximalKey = 1024;

/** Refuses keys that could not be read back as they were written. Errors: `input_invalid`. */
export function checkKey(key: string): string {
  const problem = keyProblem(key);
  if (problem === undefined) return key;
  const shown = JSON.stringify(key.slice(0, 80));
  throw new CodeError('input_invalid', `The key ${shown} ${problem}.`, { hint: 'Use another name.' });
}

function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (key.length > maximalKey) return `has ${key.length} characters; at most ${maximalKey} are kept`;
  if (!key.isWellFormed()) return 'has half of a surrogate pair in it';
  return key.includes('\0') ? 'has a NUL character in it' : undefined;
}

export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const one = a.charCodeAt(index);
    const other = b.charCodeAt(index);
    if (one !== other) return codePointRank(one) - codePointRank(other);
  }
  return a.length - b.length;
}

/** Halves of surrogate pairs stand for the largest code points, though other units are larger than they are. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

export function keyRange(options: ListOptions): KeyRange {
  const { prefix = '', after, reverse = false } = options;
  const end = prefixEnd(prefix);
  const below = reverse ? least(end, after) : end;
  return {
    ...(prefix === '' ? {} : { from: prefix }),
    ...(reverse || after === undefined ? {} : { above: after }),
    ...(below === undefined ? {} : { below }),
  };
}

/** The smallest text that is larger than everything that starts with `prefix`; `undefined` when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  if (prefix === '') return undefined;
  const unit = prefix.charCodeAt(prefix.length - 1);
  // Below the surrogates, as nearly always, it is the next unit.
  if (unit < 0xd7ff) return prefix.slice(0, -1) + String.fromCharCode(unit + 1);
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  // The code points of surrogates are no characters: the one after U+D7FF is U+E000.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}

export function inRange(key: string, range: KeyRange): boolean {
  return (
    (range.from === undefined || compareKeys(key, range.from) >= 0) &&
    (range.above === undefined || compareKeys(key, range.above) > 0) &&
    (range.below === undefined || compareKeys(key, range.below) < 0)
  );
}

function least(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareKeys(a, b) < 0 ? a : b;
}
