// A run of the simulation over days: interrupted, met by a fault, gone on with what is mended.
import { expect, test } from 'vitest';
import { page } from '../../tools/simulate/page.ts';
import type { RunState } from '../../tools/simulate/state.ts';
import { begun, goneOn, unmended, withFound, withHeld } from '../../tools/simulate/state.ts';
import type { History } from './simulate.ts';

const [first, second] = ['a'.repeat(40), 'b'.repeat(40)];

function broken(seed: number): readonly History[] {
  return [{ seed, violations: ['nobody serves'], script: [], deployments: 1, crashes: 0, lasted: 1 }];
}

function after(state: RunState, seeds: number): RunState {
  return { ...state, totals: { ...state.totals, seeds: state.totals.seeds + seeds } };
}

test('goes on where it was interrupted', () => {
  const state = after(begun(1, first), 250);
  expect(goneOn(state, first)).toEqual(state);
});

test('goes on over a fault, and begins with its seed on other sources', () => {
  const met = withFound(after(begun(1, first), 500), broken(263));
  expect(unmended(met)).toEqual([263]);
  expect(page(met, 2)).toContain('| violations | 1: seed 263 on aaaaaaa (nobody serves; not yet mended) |');
  const again = withFound(goneOn(met, second), broken(263));
  expect(unmended(again)).toEqual([263]);
  const mended = withHeld(goneOn(met, second), 263);
  expect(unmended(mended)).toEqual([]);
  // What breaks once more later is a find of its own.
  expect(unmended(withFound(goneOn(mended, 'c'.repeat(40)), broken(263)))).toEqual([263]);
});

test('says which seeds were lived through on which sources, and what was found on the way', () => {
  const met = withFound(after(begun(1, first), 250), broken(213));
  const text = page(after(withHeld(goneOn(met, second), 213), 750), 2);
  expect(text).toContain('| seeds | 1 to 1000 (1000) |');
  expect(text).toContain(`| commits | ${first} (seeds 1 to 250); ${second} (seeds 251 to 1000) |`);
  expect(text).toContain('| violations | 1: seed 213 on aaaaaaa (nobody serves; mended, and lived through again on bbbbbbb) |');
});

test('tells a fault once, however often it is met', () => {
  const once = withFound(begun(1, first), broken(7));
  expect(withFound(once, broken(7))).toEqual(once);
});
