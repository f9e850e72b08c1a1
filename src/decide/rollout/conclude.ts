// How a deployment ends, and when to look at it again.

import type { Deployment, Outcome, ServiceRollout } from '../../model/deployment.ts';
import { courseOf, stepOf } from './course.ts';
import { patienceOf, revertPatience, watchedFrom, watchOf } from './goal.ts';
import { analysisOf, nextLookAt } from './judge.ts';

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
  if (deployment.undecided) return 'inconclusive';
  if (deployment.kind === 'rollback') return 'failed';
  return deployment.services.some((one) => one.from) ? 'rolled_back' : 'failed';
}

/** The earliest moment to come at which time alone changes the answer; what is overdue waits for something to be seen, not for time. */
export function nextLook(deployment: Deployment, now: number): number | undefined {
  if (deployment.held && deployment.direction === 'forward') return undefined;
  const times = deployment.services.flatMap((one) => {
    if (one.stage === 'baking') return [watchedFrom(one) + watchOf(one, deployment)];
    if (one.stage !== 'shifting') return [];
    const patience = deployment.direction === 'forward' ? (one.to?.spec.probe.deadline ?? revertPatience) : patienceOf(one);
    return [one.progressAt + patience, ...pauseEnd(one, deployment), ...lookDue(one, deployment)];
  });
  const ahead = times.filter((one) => one > now);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}

function pauseEnd(rollout: ServiceRollout, { direction }: Deployment): readonly number[] {
  const course = direction === 'forward' ? courseOf(rollout) : undefined;
  const reachedAt = rollout.step?.reachedAt;
  if (!course || reachedAt === undefined) return [];
  const { pause } = stepOf(course, rollout);
  return pause === 'people' ? [] : [reachedAt + pause];
}

function lookDue(rollout: ServiceRollout, deployment: Deployment): readonly number[] {
  const spec = analysisOf(rollout, deployment);
  return spec && rollout.analysis ? [nextLookAt(rollout, rollout.analysis, spec)] : [];
}
