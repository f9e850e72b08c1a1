// The page and its record: nothing is lost of what was measured before, and nothing is claimed that was not.
import { describe, expect, it } from 'vitest';
import type { Cell } from './matrix.ts';
import type { Column, Conformance } from './page.ts';
import { beside, isUnmet, pageOf, reasonsOf, tableOfConformance } from './page.ts';

const machine = { cpu: 'Some', cores: 2, memory: 2 ** 30, load: 1, system: 'linux', node: '24' };
const column = (runtime: string, cells: Readonly<Record<string, Cell>>, commit = 'a'.repeat(40)): Column => ({
  runtime,
  at: '2026-01-02T03:04:05.000Z',
  commit,
  machine,
  seconds: 61,
  tests: { passed: 3, failed: 0, skipped: 1 },
  cells,
});
const behaviours = [
  { id: 'D-01', title: 'old | serves' },
  { id: 'D-02', title: 'no route' },
];
const met: Cell = { state: 'met', tests: 1 };
const left: Cell = { state: 'not_measured', because: 'too slow' };
const broken: Cell = { state: 'not_met', because: '“D-02 x”: wrong' };
const of = (...columns: readonly Column[]): Conformance => ({ behaviours, columns });

describe('the record', () => {
  it('keeps what was measured of other runtimes, and replaces what was measured anew', () => {
    const before = of(column('docker', { 'D-01': met, 'D-02': left }), column('process', { 'D-01': left, 'D-02': left }));
    const now = of(column('process', { 'D-01': met, 'D-02': met }, 'b'.repeat(40)));
    const whole = beside(JSON.stringify(before), now);
    expect(whole.columns.map(({ runtime, commit }) => `${runtime} ${commit[0]}`)).toEqual(['process b', 'docker a']);
    expect(beside(undefined, now)).toEqual(now);
  });

  it('is refused when it is none', () => {
    expect(() => beside('{}', of())).toThrow('cannot be read');
  });
});

describe('the page', () => {
  it('has a row for every behaviour, and says of each runtime when, where and at which commit it was measured', () => {
    const page = pageOf(of(column('process', { 'D-01': met, 'D-02': met }), column('docker', { 'D-01': left, 'D-02': broken })));
    expect(page).toContain('| id | behaviour | process | docker |');
    expect(page).toContain('| D-01 | old \\| serves | met | not_measured |');
    expect(page).toContain('| D-02 | no route | met | **not_met** |');
    expect(page).toContain('| process | 2 | 0 | 0 | 3, 0, 1 | 2026-01-02 | aaaaaaa | ');
  });

  it('gives the reason of everything that is not met, once for all that it is true of, what does not hold first', () => {
    expect(reasonsOf(of(column('docker', { 'D-01': left, 'D-02': broken }), column('swarm', { 'D-01': left, 'D-02': left })))).toEqual([
      'docker, not_met, D-02: “D-02 x”: wrong',
      'docker, not_measured, D-01: too slow',
      'swarm, not_measured, D-01, D-02: too slow',
    ]);
  });

  it('does not claim what came into the catalogue later', () => {
    const [row, , sums] = tableOfConformance(of(column('docker', { 'D-02': met }))).rows;
    expect([row, sums]).toEqual([
      ['D-01', 'not_measured'],
      ['met', '1'],
    ]);
  });

  it('is unmet where one behaviour of one runtime is', () => {
    expect(isUnmet(of(column('docker', { 'D-01': left, 'D-02': met })))).toBe(false);
    expect(isUnmet(of(column('docker', { 'D-01': left, 'D-02': broken })))).toBe(true);
  });
});
