// Matching, bucketing and limiting, each as a function of its inputs.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RoutedService } from '../../model/route.ts';
import { stickyBuckets } from '../../model/route.ts';
import { defaultTrafficPolicy } from '../../model/traffic.ts';
import { networkOf } from '../../platform/network.ts';
import { cookieIn, fieldValues, likeness, matcherOf } from './match.ts';
import { RateLimiter } from './rate.ts';
import { Seal } from './seal.ts';
import { traitsOf } from './traits.ts';
import { bucketOfVisitor, isInShare } from './visitor.ts';

describe('match', () => {
  const fields = 'Accept: */*\r\nX-Team: blue\r\nCookie: a=1; user=42; quoted="x y"\r\nx-team:green \r\n';

  test('a header in any case, each of its lines; a name that only begins alike is another', () => {
    expect(fieldValues(fields, 'x-TEAM')).toEqual(['blue', 'green']);
    expect(fieldValues(fields, 'x-tea')).toEqual([]);
    expect(matcherOf({ kind: 'header', name: 'X-Team', equals: ['green'] })(fields)).toBe(true);
    expect(matcherOf({ kind: 'header', name: 'X-Team', equals: ['gree'] })(fields)).toBe(false);
    expect(matcherOf({ kind: 'header', name: 'X-Team', like: 'bl*' })(fields)).toBe(true);
  });

  test('a cookie by its whole name, without its quotes', () => {
    expect([cookieIn(fields, 'user'), cookieIn(fields, 'quoted'), cookieIn(fields, 'use')]).toEqual(['42', 'x y', undefined]);
    expect(matcherOf({ kind: 'cookie', name: 'user', equals: ['41', '42'] })(fields)).toBe(true);
    expect(matcherOf({ kind: 'cookie', name: 'user', equals: ['4'] })(fields)).toBe(false);
  });

  test('property: a pattern with stars fits as the regular expression of the same meaning', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const values = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    fc.assert(
      fc.property(letters, values, (pattern, value) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(value);
        expect(likeness(pattern)(value)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('buckets', () => {
  test('numbers that count up fall evenly: each tenth gets a tenth of them, to within a tenth of that', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let account = 0; account < 50_000; account++) {
      const tenth = Math.floor((bucketOfVisitor(String(account)) / stickyBuckets) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 5_000)).toBeLessThan(500);
  });

  test('C-26 property: whoever is in a share stays in every larger one; 0 % has nobody, 100 % everybody', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (visitor, one, other) => {
        const bucket = bucketOfVisitor(visitor);
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        if (isInShare(bucket, less, 100)) expect(isInShare(bucket, more, 100)).toBe(true);
        expect([isInShare(bucket, 0, 100), isInShare(bucket, 100, 100), isInShare(bucket, 0, 0)]).toEqual([false, true, false]);
      }),
    );
  });
});

describe('rate', () => {
  const limiter = (perSecond: number, burst: number) => new RateLimiter({ perSecond, burst, by: { kind: 'address' } });

  test('so many at once, then one for each interval; what is refused counts for nothing, and each asker has its own', () => {
    const rate = limiter(10, 3);
    expect([0, 0, 0, 0].map((now) => rate.take('a', now, 1))).toEqual([0, 0, 0, 100]);
    expect([rate.take('a', 99, 1), rate.take('a', 100, 1), rate.take('a', 100, 1)]).toEqual([1, 0, 100]);
    expect(rate.take('b', 100, 1)).toBe(0);
    expect([400, 400, 400, 400].map((now) => rate.take('a', now, 1))).toEqual([0, 0, 0, 100]);
  });

  test('two processes have half each; at least one request may always come', () => {
    const rate = limiter(10, 4);
    expect([0, 0, 0].map((now) => rate.take('a', now, 2))).toEqual([0, 0, 200]);
    expect([limiter(1, 1).take('a', 0, 4), limiter(1, 1).take('a', 0, 4)]).toEqual([0, 0]);
  });

  test('property: in any window no asker gets more than the burst and the rate allow', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 60 }), (gaps) => {
        const rate = limiter(5, 4);
        let now = 0;
        const taken: number[] = [];
        for (const gap of gaps) {
          now += gap;
          if (rate.take('a', now, 1) === 0) taken.push(now);
        }
        for (const [from, start] of taken.entries())
          for (const [to, end] of taken.entries())
            if (to >= from) expect(to - from + 1).toBeLessThanOrEqual(4 + (end - start) / 200 + 1e-6);
      }),
    );
  });

  test('whoever has not asked for long is forgotten', () => {
    const rate = limiter(10, 1);
    rate.take('a', 0, 1);
    rate.tidy(100);
    expect(rate.take('a', 50, 1)).toBe(0);
  });

  test('an asker is remembered by his name alone: neither a long one nor the head around it stays in memory', () => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    const used = () => {
      if (typeof collect === 'function') collect();
      return process.memoryUsage().heapUsed;
    };
    const rate = limiter(0.001, 1);
    const before = used();
    for (let asker = 0; asker < 2_000; asker++) {
      const head = Buffer.from(`x-api-key: a-key-that-is-a-piece-${asker}\r\nx-filler: ${'f'.repeat(20_000)}\r\n`).toString('latin1');
      rate.take(fieldValues(head, 'x-api-key')[0] ?? '', 0, 1);
      rate.take(head.slice(11), 0, 1);
    }
    expect(used() - before).toBeLessThan(8_000_000);
    expect(rate.take('a-key-that-is-a-piece-7', 0, 1)).toBeGreaterThan(0);
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1:a:b:c:d', '2001:db8:0:1::/64'],
  ['2001:db8:0:1::9', '2001:db8:0:1::/64'],
  ['2001:0db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1:2:3:4%eth0', 'fe80:0:0:0::/64'],
  ['unknown', 'unknown'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('whoever names no key is told apart by his address, of IPv6 by its network, and cannot be named by a key', () => {
  const by = { kind: 'header', name: 'X-Key' } as const;
  const rate = new RateLimiter({ perSecond: 0.01, burst: 1, by });
  const spec: RoutedService = { key: 'shop/test/api', releases: [], policy: { ...defaultTrafficPolicy, rate: rate.policy } };
  const traits = traitsOf(spec, { rate, seal: new Seal(Buffer.alloc(32)), crowding: undefined });
  const delays = (
    [
      ['', '192.0.2.1'],
      ['', '192.0.2.2'],
      ['x-key: \r\n', '192.0.2.2'],
      ['x-key: 192.0.2.3\r\n', '192.0.2.1'],
      ['', '192.0.2.3'],
      ['', '2001:db8::1'],
      ['', '2001:db8::2'],
      ['', '2001:db8:0:1::2'],
    ] as const
  ).map(([fields, address]) => traits?.delay(fields, address, 1, 0) === 0);
  expect(delays).toEqual([true, true, false, true, true, true, false, true]);
});
