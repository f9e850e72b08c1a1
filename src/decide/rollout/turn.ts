// Turning round: from the way forward to the way back, or to a stop where it stands.

import type { Deployment, ServiceRollout, ServiceTarget } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { Census } from '../census.ts';
import type { Failure } from './failure.ts';
import { retreat } from './pace.ts';

export function turnRound(deployment: Deployment, { reason, undecided }: Failure, now: number): Deployment {
  const services = deployment.services.map((one) => revert(one, now));
  // Whoever holds it holds the way forward: nobody is to wait for the way back.
  return { ...deployment, direction: 'reverting', held: undefined, reason, services, ...(undecided && { undecided }) };
}

/** With the turn, not after it: who has failed may have been given its share a moment ago, and the share of nobody is carried out, too. */
export function handedBack(turned: Deployment, census: Census, now: number): Deployment {
  const services = turned.services.map((one) =>
    one.stage === 'shifting' && one.weights && one.from ? home(one, one.from, census, now) : one,
  );
  return { ...turned, services };
}

/** Whoever gets the share back stays for it: it may have been about to leave. */
function home(rollout: ServiceRollout, from: ServiceTarget, census: Census, now: number): ServiceRollout {
  const { weights } = retreat(rollout, census, now);
  return { ...rollout, weights, sizes: { ...rollout.sizes, [revisionOf(from)]: from.replicas } };
}

function revert(rollout: ServiceRollout, now: number): ServiceRollout {
  if (rollout.stage === 'waiting' && isPlain(rollout)) return { ...rollout, stage: 'settled', since: now };
  return { ...rollout, stage: 'shifting', since: now, progressAt: now, mostReady: 0 };
}

/** Nothing runs but what ran before; a superseded deployment may have left more than that. */
function isPlain({ sizes, from }: ServiceRollout): boolean {
  const entries = Object.entries(sizes);
  if (!from) return entries.length === 0;
  return entries.length === 1 && sizes[revisionOf(from)] === from.replicas;
}

/** A rollback is never rolled back: with the live release untouched it just fails; otherwise it stays as it is until a person decides. */
export function stopWhereItIs(deployment: Deployment, failure: Failure, census: Census, now: number): Deployment {
  const untouched = deployment.services.every((one) => one.from && census.of(revisionOf(one.from)).ready >= one.from.replicas);
  if (untouched || deployment.abortRequested) return turnRound(deployment, failure, now);
  return {
    ...deployment,
    outcome: 'failed_mixed',
    endedAt: now,
    reason: `${failure.reason}; a rollback is never rolled back, so what runs now was left running`,
  };
}

/** The deployment that stands still where its deadline passed. Whoever resumes it gives its instances the whole time again. */
export function heldAt(deployment: Deployment, { reason }: Failure, now: number): Deployment {
  return { ...deployment, held: { by: 'probe.deadline', at: now, reason } };
}
