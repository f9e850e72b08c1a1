// Quantities are read exactly or refused; what is formatted is read back.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatShare, parseBytes, parseDuration, parseShare } from './units.ts';

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['250ms', 250],
    ['10s', 10_000],
    ['1.5m', 90_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['0.0004s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '10', 's', '1 s', ' 1s', '1s ', '-1s', '1S', '1e3s', '1.s', '.5s', '1w', '1s\n', '١s'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('adds up parts in any order', () => {
    const parts = fc.array(fc.tuple(fc.nat(999), fc.constantFrom(['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000] as const)), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(parts, (given) => {
        const text = given.map(([amount, [unit]]) => `${amount}${unit}`).join('');
        const total = given.reduce((sum, [amount, [, size]]) => sum + amount * size, 0);
        expect(parseDuration(text)).toBe(total);
      }),
    );
  });

  it('formats whole seconds so that they read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });

  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1240, '1.24s'],
    [12_340, '12.3s'],
    [200_000, '3m20s'],
    [3_600_000, '1h'],
  ])('shows %d as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('sizes', () => {
  it.each([
    ['1024', 1024],
    ['256Mi', 268_435_456],
    ['1.5G', 1_500_000_000],
    ['1k', 1000],
    ['2Ti', 2_199_023_255_552],
  ])('reads %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', 'Mi', '-1Mi', '1 Mi', '1MB', '1mi', '1e3', '0x10', '1Mi\n'])('refuses %j', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  it('formats whole units so that they read back', () => {
    const steps = fc.constantFrom(2 ** 10, 2 ** 20, 2 ** 30);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1023 }), steps, (amount, step) => {
        expect(parseBytes(formatBytes(amount * step))).toBe(amount * step);
      }),
    );
  });
});

describe('shares', () => {
  it.each([
    ['0%', 0],
    ['5%', 0.05],
    ['99.9%', 0.999],
    ['29%', 0.29],
    ['100%', 1],
  ])('reads %s exactly', (text, share) => {
    expect(parseShare(text)).toBe(share);
  });

  it.each(['', '5', '%', '-1%', '101%', '100.1%', '5 %', '1e1%'])('refuses %j', (text) => {
    expect(parseShare(text)).toBeUndefined();
  });

  it('reads back what it formats, to a thousandth of a percent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (thousandths) => {
        const text = `${thousandths / 1000}%`;
        expect(formatShare(parseShare(text) ?? Number.NaN)).toBe(text);
      }),
    );
  });
});

it('never throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      for (const parse of [parseDuration, parseBytes, parseShare]) {
        const value = parse(text);
        expect(value === undefined || (Number.isFinite(value) && value >= 0)).toBe(true);
      }
    }),
  );
});
