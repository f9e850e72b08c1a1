// Whether a request carries what a routing rule asks for. Reads the raw field lines; only services with rules pay for it.
import type { RequestMatch } from '../../model/route.ts';

/** Tells of one request; `fields` is its block of field lines, each with its CRLF. */
export type Matcher = (fields: string) => boolean;

export function matcherOf(match: RequestMatch): Matcher {
  if (match.kind === 'cookie') {
    const wanted = new Set(match.equals);
    return (fields) => {
      const value = cookieIn(fields, match.name);
      return value !== undefined && wanted.has(value);
    };
  }
  const fits = 'like' in match ? likeness(match.like) : oneOf(match.equals);
  return (fields) => fieldValues(fields, match.name).some(fits);
}

/** The values of every line with this name (any case), without blanks around them. */
export function fieldValues(fields: string, name: string): readonly string[] {
  const values: string[] = [];
  const wanted = name.toLowerCase();
  let at = 0;
  while (at < fields.length) {
    const end = lineEnd(fields, at);
    if (fields.charCodeAt(at + wanted.length) === 0x3a && fields.slice(at, at + wanted.length).toLowerCase() === wanted)
      values.push(fields.slice(at + wanted.length + 1, end).trim());
    at = end + 2;
  }
  return values;
}

function lineEnd(fields: string, from: number): number {
  const found = fields.indexOf('\r\n', from);
  return found === -1 ? fields.length : found;
}

/** The first cookie of this name (RFC 6265 §5.4 sends the most specific first), without quotes around its value. */
export function cookieIn(fields: string, name: string): string | undefined {
  for (const line of fieldValues(fields, 'cookie'))
    for (const pair of line.split(';')) {
      const equals = pair.indexOf('=');
      if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
      const value = pair.slice(equals + 1).trim();
      return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
    }
  return undefined;
}

function oneOf(values: readonly string[]): (value: string) => boolean {
  const wanted = new Set(values);
  return (value) => wanted.has(value);
}

/**
 * `*` stands for any run of characters. The parts between stars are looked for from left to right, each as early as possible, so the time is at most
 * the product of the lengths: a client cannot make it grow by what it sends, as it could with a regular expression.
 */
export function likeness(pattern: string): (value: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (value) => value === pattern;
  return (value) => {
    if (!value.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = value.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return value.length - last.length >= at && value.endsWith(last);
  };
}
