// A report's table and its section of the page, on numbers that are known.
import { describe, expect, it } from 'vitest';
import { absent, atLeast, atMost, contestant, isMet, ratio, report } from './report.ts';
import { number, tableOf, withSection } from './show.ts';

const sample = (bench: string, name = 'one') =>
  report(
    bench,
    { rounds: 3 },
    {
      contestants: [contestant(name, 'ms', [30, 10, 20], atMost(15)), absent('other', 'ms', 'not installed')],
      ratios: [ratio('one / two', [2, 4], [1, 2], atLeast(2))],
      notes: ['Read with care.'],
    },
  );

describe('a report', () => {
  it('shows medians, spans, targets, and what was absent as absent', () => {
    expect(tableOf(sample('x')).rows).toEqual([
      ['one', '20 ms', '10 – 30', '3', '≤ 15 MISSED'],
      ['other', 'absent: not installed', '', '', ''],
      ['one / two', '2 ×', '2 – 2 (50 %)', '', '≥ 2 met'],
    ]);
  });

  it('calls a contestant without samples absent, and judges nothing about it', () => {
    const one = contestant('x', 'ms', [], atMost(1));
    expect(one).toMatchObject({ absent: 'nothing was measured', samples: [] });
    expect(one).not.toHaveProperty('median');
    expect(isMet(one)).toBeUndefined();
  });

  it('compares only rounds that both sides have', () => {
    expect(ratio('r', [1, 2, 3], [1, 1])).toMatchObject({ median: 1.5 });
  });
});

describe('a page of reports', () => {
  it('gets a section appended, and has it replaced without a change to anything else', () => {
    const both = withSection(withSection(undefined, sample('a')), sample('b'));
    expect(both.match(/<!-- bench . -->/g)).toEqual(['<!-- bench a -->', '<!-- bench b -->']);
    const labelled = withSection(withSection(both, sample('a', 'first'), 'often'), sample('a', 'second'), 'often');
    expect(labelled.startsWith(both.trimEnd())).toBe(true);
    expect(labelled.match(/^## .*/gm)).toEqual(['## a', '## b', '## a: often']);
    expect(labelled).not.toContain('| first |');
    const again = withSection(both, sample('a', 'renamed'));
    expect(again).toContain('| renamed |');
    expect(again.indexOf('bench a')).toBeLessThan(again.indexOf('bench b'));
    expect(again.replace('| renamed |', '| one |')).toBe(both);
  });
});

describe('a number', () => {
  it.each([
    [0, '0'],
    [0.12345, '0.123'],
    [1234.5, '1235'],
    [99.96, '100'],
    [0.00001234, '1.2e-5'],
    [Number.NaN, '–'],
  ])('%d is shown as %s', (value, text) => expect(number(value)).toBe(text));
});
