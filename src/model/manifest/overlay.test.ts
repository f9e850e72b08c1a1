// Laws of overlays, and of the order of needs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needsOrder } from './order.ts';
import { isMapping, merge, overlaid } from './overlay.ts';

const keys = fc.constantFrom('a', 'b', 'c', 'run', 'image', 'strategy', 'kind');
const { mapping } = fc.letrec<{ value: unknown; mapping: Record<string, unknown> }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.constantFrom<unknown>(1, 2, 'x', true), fc.array(fc.nat(3), { maxLength: 2 }), tie('mapping')),
  mapping: fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
}));

describe('merge', () => {
  it('changes nothing when nothing is laid over', () => {
    fc.assert(
      fc.property(mapping, (base) => {
        expect(merge(base, {})).toEqual(base);
      }),
    );
  });

  it('gives the overlay when nothing lies beneath', () => {
    fc.assert(
      fc.property(mapping, (overlay) => {
        expect(merge({}, overlay)).toEqual(overlay);
      }),
    );
  });

  it('does nothing more the second time', () => {
    fc.assert(
      fc.property(mapping, mapping, (base, overlay) => {
        expect(merge(merge(base, overlay), overlay)).toEqual(merge(base, overlay));
      }),
    );
  });

  it('has the keys of both, and from the overlay whatever is not a mapping', () => {
    fc.assert(
      fc.property(mapping, mapping, (base, overlay) => {
        const merged = merge(base, overlay) as Record<string, unknown>;
        expect(Object.keys(merged).sort()).toEqual([...new Set([...Object.keys(base), ...Object.keys(overlay)])].sort());
        for (const [key, value] of Object.entries(overlay)) if (!isMapping(value)) expect(merged[key]).toBe(value);
        for (const [key, value] of Object.entries(base)) if (!Object.hasOwn(overlay, key)) expect(merged[key]).toBe(value);
      }),
    );
  });

  it('removes what the overlay sets to null, and alters neither of the two', () => {
    fc.assert(
      fc.property(mapping, keys, (base, key) => {
        const before = structuredClone(base);
        const { [key]: _gone, ...rest } = base;
        expect(merge(base, { [key]: null })).toEqual(rest);
        expect(base).toEqual(before);
      }),
    );
  });
});

describe('overlaid', () => {
  it('keeps at most one source when each side has one', () => {
    const source = fc.constantFrom('run', 'image', 'build');
    fc.assert(
      fc.property(source, source, (old, given) => {
        const service = overlaid({ [old]: 'old', port: 1 }, { [given]: 'new' });
        expect(service).toEqual({ [given]: 'new', port: 1 });
      }),
    );
  });
});

describe('needsOrder', () => {
  const graph = fc
    .array(fc.array(fc.nat(7), { maxLength: 4 }), { minLength: 1, maxLength: 8 })
    .map((rows) => new Map(rows.map((needs, index) => [`s${index}`, needs.map((need) => `s${need}`)])));

  it('lists each service once, and after its needs unless there is a circle', () => {
    fc.assert(
      fc.property(graph, (needs) => {
        const { order, cycles } = needsOrder(needs);
        expect([...order].sort()).toEqual([...needs.keys()].sort());
        const early = order.some((name, index) =>
          (needs.get(name) ?? []).some((need) => needs.has(need) && !order.slice(0, index).includes(need)),
        );
        expect(cycles.length > 0).toBe(early);
      }),
    );
  });

  it('names circles that are there', () => {
    fc.assert(
      fc.property(graph, (needs) => {
        for (const round of needsOrder(needs).cycles) {
          expect(round[0]).toBe(round.at(-1));
          for (const [index, name] of round.slice(0, -1).entries()) expect(needs.get(name)).toContain(round[index + 1]);
        }
      }),
    );
  });

  it('names only the first few circles of a tangle', () => {
    const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
    expect(needsOrder(new Map(names.map((name) => [name, names]))).cycles).toHaveLength(10);
  });

  it('survives a chain of two thousand', () => {
    const needs = new Map(Array.from({ length: 2000 }, (_, index) => [`s${index}`, [`s${index + 1}`]]));
    expect(needsOrder(needs).order[0]).toBe('s1999');
  });
});
