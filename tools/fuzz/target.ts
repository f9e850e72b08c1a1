// What is fuzzed: how inputs are drawn, and what of an input's effect would be wrong.
import type { Random } from '../../src/base/random.ts';

export interface Target {
  readonly name: string;
  /** One input; the same for the same randomness. */
  readonly draw: (random: Random) => string;
  /** What was wrong, or nothing. What it throws is wrong, too. */
  readonly attempt: (input: string) => Promise<string | undefined>;
  /** What all of it together did, at the end. */
  readonly conclude?: () => Promise<string | undefined>;
  readonly close: () => Promise<void>;
}

/** Something wrong, with the shortest input that still shows it. */
export interface Find {
  readonly target: string;
  readonly seed: number;
  readonly problem: string;
  readonly input: string;
  readonly shortest: string;
}
