// Who may say on which side he is: only whoever has a cookie that we gave out, and nobody can choose where it leads.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RoutedService } from '../../model/route.ts';
import { stickyBuckets } from '../../model/route.ts';
import { Tally } from '../routing/tally.ts';
import { Crowding } from './crowding.ts';
import { Seal } from './seal.ts';
import type { Sides, Visitor } from './traits.ts';
import { traitsOf } from './traits.ts';
import { bucketOfVisitor } from './visitor.ts';

const key = randomBytes(32);
const service = 'shop/test/web';

describe('seal', () => {
  test('reads what it made, also in another process with the same key, and at that service only', () => {
    const made = new Seal(key).make(service);
    expect(new Seal(key).read(service, made.cookie)).toEqual(made);
    expect(new Seal(key).read('shop/test/api', made.cookie)).toBeUndefined();
    expect(new Seal(randomBytes(32)).read(service, made.cookie)).toBeUndefined();
    expect(made.cookie).not.toContain(made.secret);
  });

  test('property: whatever is changed in a cookie, or made up, is no cookie', () => {
    const seal = new Seal(key);
    const { cookie } = seal.make(service);
    fc.assert(
      fc.property(fc.nat(cookie.length - 1), fc.constantFrom('0', 'a', '9', 'z', 'A', 'Z', '_', '-', '.'), (at, letter) => {
        const changed = cookie.slice(0, at) + letter + cookie.slice(at + 1);
        expect(seal.read(service, changed)?.cookie).toBe(changed === cookie ? cookie : undefined);
      }),
      { numRuns: 500 },
    );
    for (const made of ['', '7', 'constructor', `${cookie}x`, cookie.slice(0, -1), `${'a'.repeat(16)}.${'A'.repeat(16)}`])
      expect(seal.read(service, made)).toBeUndefined();
  });
});

/** One release 'new' with `weight` beside 'stable'; says where a request went, `apart` where it does not count. */
function aSplit(weight: number, varied: Partial<RoutedService> = {}, release = 'new') {
  const spec: RoutedService = {
    key: service,
    policy: { hold: 0, connectTimeout: 1, responseTimeout: 1, idleTimeout: 1 },
    releases: [],
    sticky: { kind: 'cookie', name: 'side', release, without: 'assign', maxAge: 1_000 },
    ...varied,
  };
  const crowding = new Crowding();
  const traits = traitsOf(spec, { rate: undefined, seal: new Seal(key), crowding });
  const sides: Sides<string> = {
    tally: new Tally(service, () => undefined),
    weight: 1,
    weightOf: () => weight,
    pickFrom: (name) => name,
    pickBeside: () => 'stable',
    pick: () => 'stable',
    apart: (target) => `${target} apart`,
  };
  return (cookie: string, now = 0) => {
    const visitor: Visitor = { given: '', drawnFrom: undefined, crowds: undefined };
    const fields = cookie === '' ? '' : `Cookie: side=${cookie}\r\n`;
    return { went: traits?.pick(sides, fields, visitor, now), given: visitor.given };
  };
}

describe('C-26 sealed stickiness', () => {
  test('a cookie that nobody gave out is none: whoever sends it is drawn anew and given one', () => {
    const visit = aSplit(0.5);
    const forged = Array.from({ length: 64 }, () => visit('a-lucky-one'));
    expect(new Set(forged.map((one) => one.given)).size).toBe(64);
    expect(new Set(forged.map((one) => one.went))).toEqual(new Set(['stable', 'new']));
    const [first] = forged;
    for (let again = 0; again < 5; again++) expect(visit(first?.given ?? '')).toEqual({ went: first?.went, given: '' });
  });

  test('another release has other visitors first: who has a cookie cannot know what the next deployment makes of it', () => {
    const cookies = Array.from({ length: 200 }, () => new Seal(key).make(service).cookie);
    const sides = (release: string) => cookies.map((cookie) => aSplit(0.5, {}, release)(cookie).went === release);
    const [one, other] = [sides('v2'), sides('v3')];
    expect(sides('v2')).toEqual(one);
    const same = one.filter((side, index) => side === other[index]).length;
    expect(same).toBeGreaterThan(50);
    expect(same).toBeLessThan(150);
    expect(new Set(cookies.map(bucketOfVisitor)).size).toBeGreaterThan(100);
  });

  test('one visitor who asks a great deal counts for a part of it, and again in the next window; he keeps his side all the while', () => {
    const visit = aSplit(1);
    const { given } = visit('');
    const asked = Array.from({ length: 500 }, () => visit(given, 1).went);
    expect(asked.filter((went) => went === 'new')).toHaveLength(49);
    expect(asked.filter((went) => went === 'new apart')).toHaveLength(451);
    expect(visit(given, 10_001).went).toBe('new');
    expect(visit('', 1).went).toBe('new');
  });

  test('who was sent by a rule never counts', () => {
    const visit = aSplit(0, { rules: [{ match: { kind: 'cookie', name: 'side', equals: ['team'] }, release: 'new' }] });
    expect(visit('team')).toEqual({ went: 'new apart', given: '' });
    expect(visit('')).toMatchObject({ went: 'stable' });
  });

  test('property: no bucket counts more often than its part, whoever else asks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 400 }), (buckets) => {
        const crowding = new Crowding();
        const counted = buckets.filter((bucket) => !crowding.isTooMuch(bucket, 5));
        for (const bucket of new Set(buckets)) {
          const asked = buckets.filter((one) => one === bucket).length;
          expect(counted.filter((one) => one === bucket)).toHaveLength(Math.min(50, asked));
        }
        expect(crowding.isTooMuch(stickyBuckets - 1, 5)).toBe(false);
      }),
    );
  });
});
