// What may be claimed of a behaviour, by what its tests said.
import { describe, expect, it } from 'vitest';
import type { Told } from './matrix.ts';
import { cellOf, idsOf, repeatedBy, toldBy } from './matrix.ts';

const entry = { id: 'D-01', title: 'old serves' };
const passed = (title: string) => ({ title, status: 'passed' }) as const;
const skipped = (title: string, because: string) => ({ title, status: 'skipped', because }) as const;
const cell = (
  tests: Told['tests'],
  { unread = [] as readonly string[], simulated = false, putOff = undefined as string | undefined } = {},
) => cellOf({ ...entry, ...(putOff !== undefined && { putOff }) }, { tests, unread }, 'docker', simulated);

describe('a cell', () => {
  it('is met where every test of the behaviour ran and passed', () => {
    expect(cell([passed('D-01 one'), passed('D-02 D-01 two'), skipped('D-02 three', 'no')])).toEqual({ state: 'met', tests: 2 });
  });

  it('is not met where one failed, whatever the others did, and says which and why', () => {
    const failed = { title: 'D-01 two', status: 'failed', because: 'expected 1 to be 2' } as const;
    expect(cell([passed('D-01 one'), failed, skipped('D-01 three', 'no')])).toEqual({
      state: 'not_met',
      because: '“D-01 two”: expected 1 to be 2',
    });
  });

  it('is met where what failed passed when it was run alone, and tells of it; what failed twice, or was not run again, is not', () => {
    const failed = (title: string) => ({ title, status: 'failed', because: 'late' }) as const;
    const first = { tests: [passed('D-01 one'), failed('D-01 two')], unread: [] };
    const after = (again: Told['tests']) => cell(repeatedBy(first, { tests: again, unread: [] }).tests);
    expect(after([passed('D-01 two')])).toEqual({ state: 'met', tests: 2, repeated: 1 });
    for (const again of [[], [failed('D-01 two')], [passed('D-01 one')], [passed('D-01 two'), failed('D-01 two')]])
      expect(after(again)).toMatchObject({ state: 'not_met' });
  });

  it.each([
    ['no test bears its id', cell([passed('D-02 other')]), 'no test on docker bears its id'],
    ['it is put off', cell([], { putOff: 'one machine' }), 'one machine'],
    ['its test was skipped', cell([skipped('D-01 one', 'no Engine')]), 'no Engine'],
    ['one of its tests was', cell([passed('D-01 one'), skipped('D-01 two', 'too slow')]), '1 of 2 tests did not run: too slow'],
    [
      'a file could not be read',
      cell([passed('D-01 one')], { unread: ['x.test.ts: broken'] }),
      'not all tests could be read: x.test.ts: broken',
    ],
    ['it was simulated', cell([passed('D-01 one')], { simulated: true }), 'it holds in simulation, which is never met'],
  ])('is not measured where %s', (_, seen, because) => {
    expect(seen).toEqual({ state: 'not_measured', because });
  });
});

describe('a report', () => {
  const test = (title: string, status: string, more: object = {}) => ({ title, status, ancestorTitles: [], failureMessages: [], ...more });
  const report = (assertionResults: readonly object[], message = '') =>
    JSON.stringify({ testResults: [{ name: 'x.test.ts', message, assertionResults }] });

  it('tells of tests that bear an id, with the reason of those that failed or did not run', () => {
    const told = toldBy(
      report([
        test('D-01 one', 'passed'),
        test('no id', 'passed'),
        test('D-02 two', 'failed', { failureMessages: ['\nError: expected 1\n    at x.ts:1'] }),
        test('D-03 three', 'skipped', { meta: { why: 'nobody asked' } }),
        test('D-04 four', 'skipped', { ancestorTitles: ['on Docker (skipped: dockerd is not installed)'] }),
        test('D-05 five', 'pending'),
      ]),
    );
    expect(told).toEqual({
      tests: [
        { title: 'D-01 one', status: 'passed' },
        { title: 'D-02 two', status: 'failed', because: 'Error: expected 1' },
        { title: 'D-03 three', status: 'skipped', because: 'nobody asked' },
        { title: 'D-04 four', status: 'skipped', because: 'dockerd is not installed' },
        { title: 'D-05 five', status: 'skipped', because: 'it did not come to run' },
      ],
      unread: [],
    });
  });

  it('names files whose tests are not known', () => {
    expect(toldBy(report([], 'Cannot find module y')).unread).toEqual(['x.test.ts: Cannot find module y']);
  });

  it('takes only the beginning of a name for ids', () => {
    expect(idsOf('D-01 C-10 old and new')).toEqual(['D-01', 'C-10']);
    expect(idsOf('as D-01 says')).toEqual([]);
  });
});
