// A run of the simulation over days: interrupted, met by a fault, gone on with what is mended.
import { expect, test } from 'vitest';
import { page } from '../../tools/simulate/page.ts';
import type { RunState } from '../../tools/simulate/state.ts';
import { begun, goneOn, withFound } from '../../tools/simulate/state.ts';

const [first, second] = ['a'.repeat(40), 'b'.repeat(40)];

function after(state: RunState, seeds: number): RunState {
  return { ...state, totals: { ...state.totals, seeds: state.totals.seeds + seeds } };
}

test('goes on where it was interrupted', () => {
  const state = after(begun(1, first), 250);
  expect(goneOn(state, first)).toEqual(state);
});

test('says which seeds were lived through on which sources, and what was found on the way', () => {
  const broken = withFound(after(begun(1, first), 250), 263, 'nobody serves');
  const whole = after(goneOn(broken, second), 750);
  const text = page(whole, 2);
  expect(text).toContain('| seeds | 1 to 1000 (1000) |');
  expect(text).toContain(`| commits | ${first} (seeds 1 to 250); ${second} (seeds 251 to 1000) |`);
  expect(text).toContain(
    '| violations | 1, each mended before its seed and all after it were lived through: seed 263 on aaaaaaa (nobody serves) |',
  );
});

test('tells a fault once, however often it is met', () => {
  const once = withFound(begun(1, first), 7, 'nobody serves');
  expect(withFound(once, 7, 'nobody serves')).toEqual(once);
});
