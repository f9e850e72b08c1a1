// How far a long run has come, in a file: interrupted, it goes on from there instead of from the beginning.
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { History } from '../../test/simulation/simulate.ts';
import type { Totals } from './totals.ts';
import { nothing } from './totals.ts';

export interface RunState {
  readonly from: number;
  readonly totals: Totals;
  /** Of work, in all the runs that led here. */
  readonly seconds: number;
  /** What was simulated, from which seed on: what is mended on the way goes on where the fault was met. At least one. */
  readonly legs: readonly Leg[];
  /** Histories that broke a rule, each once for every commit on which it did. */
  readonly found: readonly Found[];
}

export interface Leg {
  readonly commit: string;
  readonly from: number;
}

export interface Found {
  readonly commit: string;
  readonly seed: number;
  readonly rule: string;
  /** The first commit after it on which the seed's history was lived through again, and held. */
  readonly heldOn?: string;
}

export function begun(from: number, commit: string): RunState {
  return { from, totals: nothing, seconds: 0, legs: [{ commit, from }], found: [] };
}

/** The same run on these sources, from the first seed that was not lived through. */
export function goneOn(state: RunState, commit: string): RunState {
  if (state.legs.at(-1)?.commit === commit) return state;
  return { ...state, legs: [...state.legs, { commit, from: state.from + state.totals.seeds }] };
}

/** What broke a rule on the sources of the newest leg; what is open already was met again, not found. */
export function withFound(state: RunState, broken: readonly History[]): RunState {
  const commit = state.legs.at(-1)?.commit ?? '';
  const fresh = broken.filter(
    ({ seed }) => !state.found.some((one) => one.seed === seed && (one.commit === commit || one.heldOn === undefined)),
  );
  return { ...state, found: [...state.found, ...fresh.map(({ seed, violations }) => ({ commit, seed, rule: violations[0] ?? '' }))] };
}

/** Seeds that are still to be seen to hold. */
export function unmended({ found }: RunState): readonly number[] {
  return [...new Set(found.flatMap((one) => (one.heldOn === undefined ? [one.seed] : [])))];
}

export function withHeld(state: RunState, seed: number): RunState {
  const heldOn = state.legs.at(-1)?.commit ?? '';
  return { ...state, found: state.found.map((one) => (one.seed === seed ? { heldOn, ...one } : one)) };
}

export function readState(file: string): RunState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunState;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Whole or not at all: a run may be ended at any moment. */
export function writeState(file: string, state: RunState): void {
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}

/** Read before the run: what is committed meanwhile was not simulated. */
export function describeCommit(): string {
  const git = (...args: readonly string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', 'src/base', 'src/decide', 'src/engine', 'src/model', 'src/ports', 'test/simulation');
  return `${git('rev-parse', 'HEAD')}${changed === '' ? '' : ' with changes that are not committed'}`;
}
