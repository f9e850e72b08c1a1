// Tries one promise on some seeds, in a process of its own.
import type { Ended } from '../../src/proving/bench/canary/rollouts.ts';
import { promises, tried } from '../../test/verdict/promises.ts';

export interface Order {
  /** Which of the promises. */
  readonly index: number;
  readonly from: number;
  readonly count: number;
}

process.on('message', ({ index, from, count }: Order) => {
  const promise = promises[index];
  const ended: readonly Ended[] = promise ? tried(promise, from, count) : [];
  process.send?.(ended);
});
// Whoever gave the orders is gone.
process.on('disconnect', () => process.exit());
