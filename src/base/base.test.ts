// Digests, errors, ids and the clock: small promises that everything else leans on.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { canonicalJson, digestOf, digestOfJson, shortDigest } from './digest.ts';
import { asCodeError, CodeError, lastCodeErrorIn, systemErrorCode } from './errors.ts';
import { randomText } from './ids.ts';

describe('canonicalJson', () => {
  it('sorts keys by code unit and leaves undefined out', () => {
    expect(canonicalJson({ b: [1, { d: undefined, c: null }], a: 'x', Z: true })).toBe('{"Z":true,"a":"x","b":[1,{"c":null}]}');
  });

  it('means the same whatever order the keys were written in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('gives digests that differ when values differ', () => {
    expect(digestOfJson({ a: 1 })).not.toBe(digestOfJson({ a: '1' }));
    expect(digestOf('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(shortDigest(digestOf('abc'))).toBe('ba7816bf8f01');
  });
});

describe('CodeError', () => {
  it('takes its kind from the table', () => {
    const error = new CodeError('plan_drifted', 'moved', { hint: 'Plan again.', details: { base: 3 } });
    expect(error).toMatchObject({ kind: 'drifted', code: 'plan_drifted', hint: 'Plan again.', details: { base: 3 }, message: 'moved' });
  });

  it('is made of strangers as internal, of aborts as cancelled, and of itself as itself', () => {
    const own = new CodeError('usage', 'x');
    expect(asCodeError(own)).toBe(own);
    const cause = new TypeError('boom');
    expect(asCodeError(cause)).toMatchObject({ code: 'internal', message: 'boom', cause });
    expect(asCodeError(AbortSignal.abort().reason)).toMatchObject({ code: 'cancelled' });
    expect(asCodeError('text')).toMatchObject({ code: 'internal', message: 'text' });
  });

  it.each([
    ['noise\n{"code":"port_taken","message":"8080 is taken.","hint":"Free it.","stack":"…"}\n', 'port_taken: 8080 is taken. Free it.'],
    ['{"code":"port_taken"}', undefined],
    ['{"code":"toString","message":"a member of every object is no code"}', undefined],
    ['{"code":"port_taken","message":"8080 is taken."}\nand then something else', undefined],
    ['', undefined],
  ])('is read from the last line of what a process of ours said: %j', (output, expected) => {
    const error = lastCodeErrorIn(output);
    expect(error && `${error.code}: ${error.message} ${error.hint}`).toBe(expected);
  });

  it('knows the code of a system error and of nothing else', () => {
    expect(systemErrorCode(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
    expect(systemErrorCode(Object.assign(new Error('x'), { code: 7 }))).toBeUndefined();
    expect(systemErrorCode({ code: 'ENOENT' })).toBeUndefined();
  });
});

it('makes random text of the wanted length from letters that nobody confuses', () => {
  expect(randomText(400)).toMatch(/^[0-9a-hjkmnp-tv-z]{400}$/);
  expect(randomText(20)).not.toBe(randomText(20));
});

describe('the system clock', () => {
  it('refuses to sleep once aborted, before and during', async () => {
    await expect(systemClock.sleep(60_000, AbortSignal.abort('early'))).rejects.toBe('early');
    const stop = new AbortController();
    const sleep = systemClock.sleep(60_000, stop.signal);
    stop.abort('late');
    await expect(sleep).rejects.toBe('late');
  });

  it('wakes up by itself', async () => {
    await expect(systemClock.sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});
