// When a certificate is asked for.
import { describe, expect, it } from 'vitest';
import { askAt, pauseAfter, renewalOf } from './renewal.ts';

const day = 24 * 60 * 60_000;
const kept = { host: 'one.test', source: 'acme', notBefore: 100 * day, notAfter: 190 * day } as const;
const failed = (failures: number, at: number, notBefore?: number) => ({
  host: 'one.test',
  failures,
  at,
  because: 'it was refused',
  ...(notBefore !== undefined && { notBefore }),
});

describe('a certificate', () => {
  it('is asked for at once where there is none, or one of another source', () => {
    expect(askAt({ source: 'acme', kept: undefined, attempt: undefined })).toBe(0);
    expect(askAt({ source: 'own', kept, attempt: undefined })).toBe(0);
  });

  it('is renewed at two thirds of its life, whatever that is', () => {
    expect(renewalOf(kept)).toBe(160 * day);
    expect(askAt({ source: 'acme', kept, attempt: undefined })).toBe(160 * day);
    expect(renewalOf({ notBefore: 0, notAfter: 6 * day })).toBe(4 * day);
  });

  it('is asked for again at a growing pace that has an end', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map(pauseAfter)).toEqual([0, 60_000, 240_000, 960_000, 3_840_000, 15_360_000, 21_600_000]);
    expect(askAt({ source: 'acme', kept: undefined, attempt: failed(2, 5 * day) })).toBe(5 * day + 240_000);
  });

  it('is not asked for before its time because of an old failure, nor before the authority wants to be asked', () => {
    expect(askAt({ source: 'acme', kept, attempt: failed(3, 5 * day) })).toBe(160 * day);
    expect(askAt({ source: 'acme', kept: undefined, attempt: failed(1, 5 * day, 9 * day) })).toBe(9 * day);
  });
});
