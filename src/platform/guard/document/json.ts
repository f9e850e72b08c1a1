// JSON from outside (RFC 8259), judged before and after it is parsed: size, depth, number of values, keys that reach a prototype, keys given twice.
import { CodeError } from '../../../base/errors.ts';
import { isRefusedKey } from '../../../base/plain-document.ts';

export interface DocumentLimits {
  /** UTF-16 code units of the text. */
  readonly size: number;
  /** Objects and lists in one another. */
  readonly depth: number;
  /** Values and keys, roughly: commas and opening brackets. */
  readonly values: number;
}

/** The value. Errors: `input_invalid` and `too_large`; `what` is the document in words. */
export function parseJson(text: string, limits: DocumentLimits, what: string): unknown {
  const shape = shapeOf(text, limits.depth);
  if (text.length > limits.size || shape.values > limits.values)
    throw new CodeError('too_large', `${what} is larger than ${limits.size} characters or holds more than ${limits.values} values.`);
  if (shape.depth > limits.depth) throw new CodeError('input_invalid', `${what} is nested deeper than ${limits.depth} levels.`);
  const value = parsed(text, what);
  const keys = keysIn(value);
  if (keys.refused !== undefined)
    throw new CodeError('input_invalid', `${what} has the key ${JSON.stringify(keys.refused)}, which is refused.`);
  if (keys.count !== shape.colons) throw new CodeError('input_invalid', `${what} gives one key of an object twice.`);
  return value;
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodeError('input_invalid', `${what} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

interface Shape {
  readonly depth: number;
  readonly values: number;
  /** One for each key that is written. */
  readonly colons: number;
}

/** As numbers: a listing of 200,000 files is tens of megabytes, and nobody else is served while it is read. */
const signs = { quote: 34, comma: 44, colon: 58, bracket: 91, backslash: 92, bracketEnd: 93, brace: 123, braceEnd: 125 } as const;

/** One pass without recursion over what stands outside of strings; ends where it is too deep. A text that is no JSON has some shape, too. */
function shapeOf(text: string, most: number): Shape {
  let depth = 0;
  let deepest = 0;
  let values = 1;
  let colons = 0;
  for (let at = 0; at < text.length && deepest <= most; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === signs.quote) at = endOfString(text, at);
    else if (sign === signs.colon) colons += 1;
    else if (sign === signs.comma) values += 1;
    else if (sign === signs.brace || sign === signs.bracket) {
      values += 1;
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (sign === signs.braceEnd || sign === signs.bracketEnd) depth -= 1;
  }
  return { depth: deepest, values, colons };
}

/** Of the quote that is not escaped; the end of the text where there is none. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === signs.backslash) before -= 1;
    if ((end - before) % 2 === 1) return end;
  }
  return text.length;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function keysIn(root: unknown): { readonly count: number; readonly refused?: string } {
  const open = [root];
  let count = 0;
  while (open.length > 0) {
    const one = open.pop();
    if (Array.isArray(one)) {
      for (const value of one) if (isNested(value)) open.push(value);
    } else if (isNested(one)) {
      for (const key in one) {
        if (isRefusedKey(key)) return { count, refused: key };
        count += 1;
        const value = (one as Record<string, unknown>)[key];
        if (isNested(value)) open.push(value);
      }
    }
  }
  return { count };
}
