// What holds for a caller at one moment: the time, and what its limits make of it.
import type { Principal } from '../../model/principal.ts';
import { isFrozen, parseFreeze } from './freeze.ts';
import type { Facts, Moment } from './question.ts';
import type { RollbackCount } from './rollbacks.ts';

/** What the moment is told by. */
export interface Remembered {
  readonly rollbacks: RollbackCount;
  /** Absent: nobody keeps in mind who has read what. */
  readonly taints?: { of(principal: Principal): Promise<object | undefined> };
}

export async function momentOf(principal: Principal, { back = false }: Facts, now: number, known: Remembered): Promise<Moment> {
  return {
    now,
    frozen: isAtRest(principal, now),
    rollbacks: back ? await known.rollbacks.of(principal) : 0,
    tainted: (await known.taints?.of(principal)) !== undefined,
  };
}

function isAtRest({ limits }: Principal, now: number): boolean {
  return (limits?.freeze ?? []).some((text) => {
    const window = parseFreeze(text);
    // It was checked when it was granted; one that cannot be read gives no leave.
    return window === undefined || isFrozen(window, now);
  });
}
