// Routing, splitting, ejecting, retrying and measuring, each as a function of its inputs.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultEject } from '../../model/traffic.ts';
import { leastBusy, pickShare } from './balance.ts';
import { RetryBudget } from './budget.ts';
import { FailureRecord } from './eject.ts';
import { bucketBound, bucketOf, ReleaseMeter } from './measure.ts';
import { Router } from './router.ts';

describe('router', () => {
  const routes = [
    { host: 'shop.localhost', path: '/', service: 'web' },
    { host: 'shop.localhost', path: '/api', service: 'api' },
    { host: 'shop.localhost', path: '/api/v2/', service: 'api2' },
    { host: '*', path: '/', service: 'any' },
    { host: '*', path: '/status', service: 'status' },
    { host: 'half.localhost', path: '/only', service: 'half' },
    { host: '[::1]', path: '/', service: 'six' },
  ];
  const router = new Router(routes, (service) => service);
  test.each([
    ['shop.localhost', '/', 'web'],
    ['shop.localhost', '/api', 'api'],
    ['shop.localhost', '/api?x=1', 'api'],
    ['shop.localhost', '/api/users', 'api'],
    ['shop.localhost', '/apis', 'web'],
    ['shop.localhost', '/api/v2', 'api2'],
    ['shop.localhost', '/api/v2/x', 'api2'],
    ['shop.localhost', '/status', 'web'],
    ['SHOP.localhost:8080', '/api', 'api'],
    ['shop.localhost.', '/', 'web'],
    ['other', '/', 'any'],
    ['other', '/status/x', 'status'],
    ['half.localhost', '/only', 'half'],
    ['half.localhost', '/else', 'any'],
    ['[::1]:80', '/', 'six'],
    ['shop.localhost', '*', 'web'],
  ])('%s %s → %s', (host, path, service) => {
    expect(router.find(host, path, '127.0.0.1')).toBe(service);
  });

  test('without a route there is no service', () => {
    expect(new Router([{ host: 'a', path: '/', service: 's' }], (service) => service).find('b', '/', '127.0.0.1')).toBeUndefined();
  });
});

describe('split', () => {
  const anyWeights = fc.array(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double({ min: 0.01, max: 99, noNaN: true })), {
    minLength: 1,
    maxLength: 5,
  });
  const sharesOf = (weights: readonly number[]) => weights.map((weight) => ({ weight, current: 0, taken: 0 }));
  const always = () => true;

  test('property: after every single pick each share is within two of its exact part', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        fc.pre(total > 0);
        const shares = sharesOf(weights);
        for (let picks = 1; picks <= 500; picks++) {
          const share = pickShare(shares, always);
          if (share) share.taken++;
          for (const { weight, taken } of shares) expect(Math.abs(taken - (picks * weight) / total)).toBeLessThan(2);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('1 % of 10,000 is 100', () => {
    const shares = sharesOf([99, 1]);
    for (let picks = 0; picks < 10_000; picks++) {
      const share = pickShare(shares, always);
      if (share) share.taken++;
    }
    expect(shares.map(({ taken }) => taken)).toEqual([9900, 100]);
  });

  test('a share that is closed gives its part to the others', () => {
    const shares = sharesOf([50, 50]);
    for (let picks = 0; picks < 10; picks++) {
      const share = pickShare(shares, (one) => one !== shares[0]);
      if (share) share.taken++;
    }
    expect(shares.map(({ taken }) => taken)).toEqual([0, 10]);
    expect(pickShare(shares, () => false)).toBeUndefined();
    expect(pickShare(sharesOf([0]), always)).toBeUndefined();
  });

  test('least outstanding first, ties in turn', () => {
    const load: Readonly<Record<string, number>> = { a: 2, b: 1, c: 1 };
    const pick = (start: number) => leastBusy(Object.keys(load), start, (name) => load[name] ?? 0);
    expect([pick(0), pick(1), pick(2), pick(3)]).toEqual(['b', 'b', 'c', 'b']);
  });
});

describe('ejection', () => {
  test('three failures in a row, then 1 s, 2 s … at most 30 s; a success in between starts the count anew', () => {
    const record = new FailureRecord();
    expect([record.failed(defaultEject), record.failed(defaultEject)]).toEqual([false, false]);
    record.succeeded();
    expect([record.failed(defaultEject), record.failed(defaultEject), record.failed(defaultEject)]).toEqual([false, false, true]);
    let now = 1_000;
    const lengths = Array.from({ length: 7 }, () => {
      record.eject(now, defaultEject);
      const length = record.until - now;
      now = record.until;
      return length;
    });
    expect(lengths).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect([record.isEjected(now - 1), record.isEjected(now)]).toEqual([true, false]);
  });

  test('once back, one failure is enough; after a quiet minute it starts small', () => {
    const record = new FailureRecord();
    record.eject(0, defaultEject);
    record.eject(1_000, defaultEject);
    expect(record.failed(defaultEject)).toBe(true);
    record.eject(record.until + 60_001, defaultEject);
    expect(record.until).toBe(3_000 + 60_001 + 1_000);
  });
});

describe('retry budget', () => {
  test('at least three a second, else 20 % of the requests of the last ten seconds', () => {
    const budget = new RetryBudget();
    expect(Array.from({ length: 5 }, () => budget.take(100))).toEqual([true, true, true, false, false]);
    for (let request = 0; request < 100; request++) budget.request(1_500);
    expect(Array.from({ length: 40 }, () => budget.take(1_600)).filter(Boolean)).toHaveLength(17);
    expect(budget.take(20_000)).toBe(true);
  });
});

describe('meter', () => {
  test('property: a bucket holds its value and is at most 3.2 % (or 1/64 ms) wide', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 3_600_000, noNaN: true }), (value) => {
        const index = bucketOf(value);
        const low = index === 0 ? 0 : bucketBound(index - 1);
        expect(value).toBeGreaterThanOrEqual(low);
        expect(value).toBeLessThan(bucketBound(index));
        expect(bucketBound(index) - low).toBeLessThanOrEqual(Math.max(1 / 64, low * 0.032));
      }),
    );
  });

  test('counts requests, failures and only the buckets that were hit', () => {
    const meter = new ReleaseMeter('s', 'r');
    meter.record(1, false);
    meter.record(1, true);
    meter.record(1e12, false);
    const { requests, failures, latency } = meter.read();
    expect([requests, failures, latency.map(({ count }) => count)]).toEqual([3, 1, [2, 1]]);
  });
});
