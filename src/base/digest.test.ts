// One value has one canonical text and one digest, however it was put together.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, digestOfJson, shortDigest } from './digest.ts';

describe('canonicalJson', () => {
  it('sorts members at every depth by UTF-16 code unit and leaves no white space (RFC 8785, 3.2.3)', () => {
    const value = {
      '\u20ac': 'Euro',
      '\r': 'Return',
      '\ufb33': 'Dalet',
      '1': 'One',
      '\ud83d\ude00': 'Smile',
      '\u0080': 'Control',
      ö: { b: [2, { d: 1, c: null }], a: true },
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Return","1":"One","\u0080":"Control","ö":{"a":true,"b":[2,{"c":null,"d":1}]},"\u20ac":"Euro","\ud83d\ude00":"Smile","\ufb33":"Dalet"}',
    );
  });

  it('writes numbers as ECMAScript does (RFC 8785, 3.2.2.3)', () => {
    expect(canonicalJson([333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0, 1e21])).toBe('[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21]');
  });

  it('leaves out members that are undefined, as JSON does', () => {
    expect(canonicalJson({ a: undefined, b: [undefined, null] })).toBe('{"b":[null,null]}');
  });

  it('does not depend on the order of members, and reads back as the same value', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, member]) => [name, shuffled(member)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('digests', () => {
  it('are SHA-256 in hexadecimal digits (FIPS 180-4: "abc")', () => {
    expect(digestOf('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(digestOf(new TextEncoder().encode('abc'))).toBe(digestOf('abc'));
    expect(digestOfJson({ b: 1, a: 2 })).toBe(digestOf('{"a":2,"b":1}'));
  });

  it('are shortened to their first digits', () => {
    expect(shortDigest(digestOf('abc'))).toBe('ba7816bf8f01');
    expect(shortDigest(digestOf('abc'), 4)).toBe('ba78');
  });
});
