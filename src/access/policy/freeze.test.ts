// When nothing may be changed.
import { describe, expect, it } from 'vitest';
import { isFrozen, parseFreeze } from './freeze.ts';

function frozen(text: string, at: string): boolean {
  const window = parseFreeze(text);
  if (!window) throw new Error(`no window: ${text}`);
  return isFrozen(window, Date.parse(at));
}

describe('a freeze', () => {
  it.each([
    // 2026-11-27 is a Friday.
    ['fri 15:00-mon 08:00', '2026-11-27T14:59:59.999Z', false],
    ['fri 15:00-mon 08:00', '2026-11-27T15:00:00Z', true],
    ['fri 15:00-mon 08:00', '2026-11-29T23:59:59Z', true],
    ['fri 15:00-mon 08:00', '2026-11-30T00:00:00Z', true],
    ['fri 15:00-mon 08:00', '2026-11-30T08:00:00Z', false],
    ['tue 09:00-wed 09:00', '2026-11-24T12:00:00Z', true],
    ['tue 09:00-wed 09:00', '2026-11-23T12:00:00Z', false],
    ['sat 00:00-sun 24:00', '2026-11-29T23:59:59Z', true],
    ['sat 00:00-sun 24:00', '2026-11-30T00:00:00Z', false],
    ['2026-12-20T00:00Z/2027-01-04T00:00Z', '2026-12-31T12:00:00Z', true],
    ['2026-12-20T00:00Z/2027-01-04T00:00Z', '2027-01-04T00:00:00Z', false],
  ])('%s at %s: %s', (text, at, expected) => expect(frozen(text, at)).toBe(expected));

  it.each([
    '',
    'fri',
    'fri 15:00-mon',
    'fry 15:00-mon 08:00',
    'fri 25:00-mon 08:00',
    'fri 24:30-mon 08:00',
    'fri 15:60-mon 08:00',
    'mon 08:00-mon 08:00',
  ])('is not %j', (text) => expect(parseFreeze(text)).toBeUndefined());

  it.each(['2026-12-20T00:00Z', '2027-01-04T00:00Z/2026-12-20T00:00Z', '2026-12-20/2027-01-04', '1/2'])('is not %j', (text) =>
    expect(parseFreeze(text)).toBeUndefined());
});
