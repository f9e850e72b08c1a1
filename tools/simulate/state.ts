// How far a long run has come, in a file: interrupted, it goes on from there instead of from the beginning.
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Totals } from './totals.ts';

export interface RunState {
  /** What was simulated; a state of other sources is of no use. */
  readonly commit: string;
  readonly from: number;
  readonly totals: Totals;
  /** Of work, in all the runs that led here. */
  readonly seconds: number;
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
