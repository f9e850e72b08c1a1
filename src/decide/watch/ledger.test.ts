// A finding is told when it comes and when it goes: once each, however it flickers, and however many there are of a kind.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WatchFinding } from '../../model/watch/watch.ts';
import type { Ledger } from './ledger.ts';
import { looksToClear, mostAlike, turn } from './ledger.ts';
import { isStorm, storms } from './storm.ts';

const scope = { application: 'shop', environment: 'live' };
const port = (n: number, instance = 'api-1'): WatchFinding => ({
  kind: 'unexpected_port',
  scope,
  service: 'api',
  instance,
  what: String(n),
  message: `${instance} listens on ${n}`,
});

/** What is told over several looks: `+9229` appeared, `-9229` has gone. */
function story(
  looks: readonly { readonly seen: readonly WatchFinding[]; readonly blind?: true; readonly gone?: true }[],
): readonly string[] {
  let ledger: Ledger = new Map();
  return looks.map(({ seen, blind, gone }, now) => {
    const next = turn(ledger, { findings: seen, couldSee: () => !blind, exists: () => !gone }, now);
    ledger = next.ledger;
    return [...next.appeared.map(({ what }) => `+${what}`), ...next.cleared.map(({ what }) => `-${what}`)].join(' ');
  });
}

const with9 = { seen: [port(9)] };
const none = { seen: [] };

describe('findings over time', () => {
  it('are told once, and once more when they have gone for some looks', () => {
    expect(story([with9, with9, with9, none, none, none, none])).toEqual(['+9', '', '', '', '', '-9', '']);
  });

  it('that flicker stay one', () => {
    expect(story([with9, none, none, with9, none, none, with9])).toEqual(['+9', '', '', '', '', '', '']);
  });

  it('come again when they have gone', () => {
    expect(story([with9, none, none, none, with9])).toEqual(['+9', '', '', '-9', '+9']);
  });

  it('stay while nobody can see, and go at once with what they are about', () => {
    const blind = { seen: [], blind: true } as const;
    expect(story([with9, blind, blind, blind, blind, with9, { seen: [], gone: true }])).toEqual(['+9', '', '', '', '', '', '-9']);
  });

  it('of one kind beyond the first few are one finding, whichever they are', () => {
    const scan = (from: number) => ({ seen: Array.from({ length: 50 }, (_, n) => port(from + n)) });
    const [first = '', ...later] = story([scan(1000), scan(1000), scan(2000), scan(3000), none, none, none]);
    expect(first.split(' ')).toHaveLength(mostAlike + 1);
    expect(first).toContain('+more');
    const told = later.join(' ').split(' ').filter(Boolean);
    // The first ten go when they are seen no more; what came instead is told as far as there is room, and no look tells all fifty.
    expect(told.filter((one) => one.startsWith('+')).length).toBeLessThanOrEqual(mostAlike + 1);
    expect(told.filter((one) => one === '-more')).toHaveLength(1);
  });

  it('are balanced: whatever is seen, nothing appears twice without having gone', () => {
    const look = fc.record({ seen: fc.uniqueArray(fc.integer({ min: 1, max: 4 })).map((all) => all.map((n) => port(n))) });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 30 }), (looks) => {
        const open = new Set<string>();
        for (const told of story(looks).flatMap((one) => one.split(' ').filter(Boolean))) {
          const what = told.slice(1);
          expect(open.has(what)).toBe(told.startsWith('-'));
          if (told.startsWith('+')) open.add(what);
          else open.delete(what);
        }
      }),
    );
    expect(looksToClear).toBeGreaterThan(1);
  });
});

describe('a storm of restarts', () => {
  const ends = (count: number, at = 1_000_000) => Array.from({ length: count }, () => at);

  it('begins with so many ends in a while, and is over when there is nearly none any more', () => {
    const now = 1_000_000;
    expect(isStorm(false, ends(storms.begins - 1), now)).toBe(false);
    expect(isStorm(false, ends(storms.begins), now)).toBe(true);
    expect(isStorm(true, ends(2), now)).toBe(true);
    expect(isStorm(true, ends(1), now)).toBe(false);
    expect(isStorm(false, ends(50), now + storms.window)).toBe(false);
  });
});
