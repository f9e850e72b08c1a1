// The chain of attempts: each link carries the hash of the one before, so that no trial can be forgotten, changed or moved unseen.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../base/digest.ts';
import type { Attempt } from '../../model/proving/attempt.ts';

export type Unlinked = Omit<Attempt, 'sequence' | 'previous' | 'hash'>;

export const nothingBefore = '0'.repeat(64);

/** The next link after `last`; the first one without. */
export function linked(last: Pick<Attempt, 'sequence' | 'hash'> | undefined, attempt: Unlinked): Attempt {
  const unhashed = { ...attempt, sequence: (last?.sequence ?? 0) + 1, previous: last?.hash ?? nothingBefore };
  return { ...unhashed, hash: hashOf(unhashed) };
}

/** What is wrong with a run of links, in one sentence that names the first; undefined: nothing. A run may begin anywhere: `after` is what it must continue. */
export function chainProblem(attempts: readonly Attempt[], after?: Pick<Attempt, 'sequence' | 'hash'>): string | undefined {
  let last = after ?? (attempts[0]?.sequence === 1 ? { sequence: 0, hash: nothingBefore } : undefined);
  for (const attempt of attempts) {
    const { sequence, hash, ...rest } = attempt;
    if (hash !== hashOf({ ...rest, sequence })) return `attempt ${sequence} (${attempt.trial}) was changed after it was written`;
    if (last && sequence !== last.sequence + 1) return `attempt ${last.sequence + 1} is missing: attempt ${sequence} stands in its place`;
    if (last && attempt.previous !== last.hash)
      return `attempt ${sequence} does not continue attempt ${last.sequence}: one of them was replaced`;
    last = { sequence, hash };
  }
  return undefined;
}

function hashOf(attempt: Omit<Attempt, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(attempt)).digest('hex');
}
