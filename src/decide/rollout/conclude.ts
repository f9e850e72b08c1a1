// How a deployment ends, and when to look at it again.

import type { Deployment, Outcome } from '../../model/deployment.ts';
import { bakeOf, patienceOf, revertPatience, watchedFrom } from './goal.ts';

export function conclude(deployment: Deployment, now: number): Deployment {
  if (deployment.services.every((one) => one.stage === 'settled')) return { ...deployment, outcome: outcomeOf(deployment), endedAt: now };
  if (deployment.direction === 'forward') return deployment;
  const stuck = deployment.services.find((one) => one.stage !== 'settled' && now >= one.progressAt + patienceOf(one));
  if (!stuck) return deployment;
  return {
    ...deployment,
    outcome: 'failed_mixed',
    endedAt: now,
    reason: `${deployment.reason}; and ${stuck.service} could not be restored: ${stuck.from?.release ?? 'its instances'} made no progress for ${patienceOf(stuck) / 1000}s`,
  };
}

function outcomeOf(deployment: Deployment): Outcome {
  if (deployment.direction === 'forward') return 'succeeded';
  if (deployment.abortRequested) return 'aborted';
  if (deployment.kind === 'rollback') return 'failed';
  return deployment.services.some((one) => one.from) ? 'rolled_back' : 'failed';
}

/** The earliest moment to come at which time alone changes the answer; what is overdue waits for something to be seen, not for time. */
export function nextLook(deployment: Deployment, now: number): number | undefined {
  const times = deployment.services.flatMap((one) => {
    if (one.stage === 'baking') return [watchedFrom(one) + bakeOf(one, deployment)];
    if (one.stage !== 'shifting') return [];
    return [one.progressAt + (deployment.direction === 'forward' ? (one.to?.spec.probe.deadline ?? revertPatience) : patienceOf(one))];
  });
  const ahead = times.filter((one) => one > now);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}
