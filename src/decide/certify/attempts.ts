// The chain of attempts: each link carries the hash of the one before, so that no trial can be forgotten, changed or moved unseen.
import type { ChainHead } from '../../base/chain.ts';
import { chained, chainStart, hashOf } from '../../base/chain.ts';
import type { Attempt } from '../../model/proving/attempt.ts';

export type Unlinked = Omit<Attempt, 'sequence' | 'previous' | 'hash'>;

/** The next link after `last`; the first one without. */
export function linked(last: ChainHead | undefined, attempt: Unlinked): Attempt {
  return chained(last ?? chainStart, attempt);
}

/** What is wrong with a run of links, in one sentence that names the first; undefined: nothing. A run may begin anywhere: `after` is what it must continue. */
export function chainProblem(attempts: readonly Attempt[], after?: ChainHead): string | undefined {
  let last = after ?? (attempts[0]?.sequence === 1 ? chainStart : undefined);
  for (const attempt of attempts) {
    const { sequence, hash } = attempt;
    if (hash !== hashOf(attempt)) return `attempt ${sequence} (${attempt.trial}) was changed after it was written`;
    if (last && sequence !== last.sequence + 1) return `attempt ${last.sequence + 1} is missing: attempt ${sequence} stands in its place`;
    if (last && attempt.previous !== last.hash)
      return `attempt ${sequence} does not continue attempt ${last.sequence}: one of them was replaced`;
    last = { sequence, hash };
  }
  return undefined;
}
