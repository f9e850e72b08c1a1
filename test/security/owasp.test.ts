// The table of published requirements names tests that are there, and answers every requirement once.
import { describe, expect, it } from 'vitest';
import { classes } from '../../tools/security/assault/list.ts';
import type { Standing } from '../../tools/security/owasp/item.ts';
import { lists } from '../../tools/security/owasp/lists.ts';
import { namesIn, testNames } from '../../tools/security/owasp/names.ts';
import { p } from '../../tools/security/owasp/proofs.ts';

const standings = lists.flatMap(({ chapters }) => chapters.flatMap(({ items }) => items.map(({ standing }) => standing)));
const named = standings.flatMap((one: Standing) => (one.kind === 'met' ? one.proofs : []));

describe('the published lists', () => {
  const known = testNames();

  it('are proved by tests that are there', () => {
    const missing = [...named, ...Object.values(p)].filter(({ file, name }) => !known.get(file)?.has(name));
    expect(missing).toEqual([]);
    expect(known.size).toBeGreaterThan(100);
  });

  it('name classes of attacks that are there, and all of them', () => {
    const tried = new Set(named.flatMap(({ attacks }) => attacks ?? []));
    expect([...tried].toSorted()).toEqual(classes.map(({ name }) => name).toSorted());
  });

  it('leave no proof unused', () => {
    const used = new Set(named);
    expect(Object.entries(p).filter(([, one]) => !used.has(one))).toEqual([]);
  });

  it('are answered whole, each requirement once, in order', () => {
    const counts = lists.map(({ title, chapters }) => [title, chapters.reduce((sum, { items }) => sum + items.length, 0)]);
    // Of ASVS 5.0.0: 70 requirements of level 1 and 183 that level 2 adds.
    expect(counts).toEqual([
      ['OWASP Top 10, 2021', 10],
      ['OWASP Top 10, 2025', 10],
      ['OWASP API Security Top 10, 2023', 10],
      ['OWASP ASVS 5.0.0, levels 1 and 2', 253],
    ]);
    for (const { chapters } of lists) {
      const ids = chapters.flatMap(({ items }) => items.map(({ id }) => id));
      expect(new Set(ids).size).toBe(ids.length);
      const inOrder = ids.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
      expect(ids).toEqual(inOrder);
    }
  });

  it('say what is missing, or why it does not apply', () => {
    const silent = standings.filter(
      (one) => (one.kind === 'not_met' ? one.missing : one.kind === 'not_applicable' ? one.because : 'proofs').length < 3,
    );
    expect(silent).toEqual([]);
  });
});

describe('names of tests', () => {
  it('are found in every form', () => {
    const source =
      "it('a', f); test('b', f); it.each([1])('c %s', f); it.skipIf(x).each(t)('d', f); describe('e', () => { test.only('f', g); }); other('h', f);";
    expect([...namesIn(source)]).toEqual(['a', 'b', 'c %s', 'd', 'f']);
  });
});
