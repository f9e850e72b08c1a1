// One writer per store: the daemon holds a lease, renews it, and ends itself when it has lost it.
import type { Clock } from '../base/clock.ts';
import { CodeError } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import type { Lease, Store } from '../ports/store.ts';

const name = 'engine';
const life: Duration = 15_000;

export interface HeldLease {
  readonly fence: () => Pick<Lease, 'name' | 'token'>;
  release(): Promise<void>;
}

/**
 * `abandoned` tells that the owner before is known to be dead: then its lease need not run out first.
 * Errors: `conflict` kind `lease_lost` when somebody else holds it.
 */
export async function holdLease(store: Store, clock: Clock, owner: string, abandoned: boolean, lost: () => void): Promise<HeldLease> {
  const now = clock.now();
  // Asking from beyond the end of the old lease is how a dead owner's one is taken over.
  const taken =
    (await store.acquireLease(name, owner, now, life)) ??
    (abandoned ? await store.acquireLease(name, owner, now + life + 1, life) : undefined);
  // Renewed at once, so that what is stored is the real end of this lease.
  const lease = taken && (await store.acquireLease(name, owner, now, life));
  if (!lease)
    throw new CodeError('lease_lost', 'Another daemon is writing to this store.', {
      hint: 'Use that one, or stop it with "codectl down" first.',
    });
  let current = lease;
  const renew = async (): Promise<void> => {
    // A store that does not answer for a moment is no reason to end; the fence decides.
    const renewed = await store.acquireLease(name, owner, clock.now(), life).catch(() => current);
    if (renewed?.token === current.token) current = renewed;
    else lost();
  };
  const timer = setInterval(() => void renew(), life / 3);
  return {
    fence: () => ({ name, token: current.token }),
    release: async () => {
      clearInterval(timer);
      await store.releaseLease(current);
    },
  };
}
