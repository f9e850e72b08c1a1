// What is said of two gateway processes beside one: by time where each had its slice, else by CPU time, and named as such.
import { describe, expect, it } from 'vitest';
import { isMet } from '../report.ts';
import { partOf } from './worth.ts';

/** Two carry 1.5 times as many requests, for as much CPU each. */
const one = { perSecond: 1_000, requests: 2_000, cpu: [0.5] };
const two = { perSecond: 1_500, requests: 3_000, cpu: [0.5, 0.45] };
/** Others used the machine: the load did not come. */
const idle = { perSecond: 800, requests: 1_600, cpu: [0.3, 0.2] };
const shown = { 1: [one, one, one], 2: [two, two, two] };

describe('two processes beside one', () => {
  it('are judged by requests a second where each was held to a slice', () => {
    const { ratios, contestants, notes } = partOf({ shown, slice: 0.25, seconds: 2 });
    const judged = ratios.find((each) => each.target?.value === 1.7);
    expect(judged).toMatchObject({ name: 'two processes / one: requests a second, each held to 25 % of a core', median: 1.5 });
    expect(judged && isMet(judged)).toBe(false);
    expect(contestants.at(-1)).toMatchObject({
      name: 'codectl, one process and two: part of its slice that a process used',
      samples: [1, 1, 1, 0.9, 0.9, 0.9],
    });
    expect(notes.join()).toContain('holds every process to 25 % of a core');
  });

  it('are not judged by turns in which a process had time to spare', () => {
    const { ratios, contestants, notes } = partOf({ shown: { 1: [one, one], 2: [idle, two] }, slice: 0.25, seconds: 2 });
    expect(ratios.map(({ median }) => median)).toEqual([1.5, expect.closeTo(3_000 / 0.95 / 4_000)]);
    expect(contestants[0]?.samples).toEqual([1_000]);
    expect(notes.join()).toContain('do not count: 1.');
  });

  it('are not measured where no turn counts', () => {
    const { ratios, contestants } = partOf({ shown: { 1: [one], 2: [idle] }, slice: 0.25, seconds: 2 });
    expect(ratios).toEqual([]);
    expect(contestants[0]).toMatchObject({ absent: 'nothing was measured', samples: [] });
  });

  it('are judged by CPU time where there are no slices, which the report says', () => {
    const { ratios, contestants, notes } = partOf({ shown, slice: undefined, seconds: 2 });
    const byCpu = ratios.find((each) => each.name.includes('until the busiest'));
    expect(byCpu).toMatchObject({ median: 1.5, target: { kind: 'at_least', value: 1.7 } });
    expect(contestants.some((each) => each.name.includes('slice'))).toBe(false);
    expect(notes.join()).toContain('No process could be held to a part of a core');
  });
});
