// What people say to a deployment under way: go on, hold, go on again.

import { CodeError } from '../../base/errors.ts';
import type { Deployment, ServiceRollout } from '../../model/deployment.ts';
import { courseOf } from './course.ts';
import { resumeRollout } from './decide.ts';

/**
 * Ends the pause, or the waiting for a verdict, of every service that stands at a step; a deployment that was held goes on. `full` skips all the
 * steps that are left, and every analysis; capacity still comes before traffic, and it can still be aborted. Errors: `deployment_state`.
 */
export function promote(deployment: Deployment, by: string, full: boolean, now: number): Deployment {
  refuseIfOver(deployment, 'promoted');
  const promoted = deployment.services.map((one) => (full ? toTheEnd(one) : overTheStep(one, by)));
  const moved = promoted.some((one, index) => one !== deployment.services[index]);
  if (!moved && !full && !deployment.held)
    throw new CodeError('deployment_state', `Nothing of ${deployment.id} waits at a step.`, {
      hint: `Run "codectl status" to see where it is; "codectl promote ${deployment.id} --full" skips all steps.`,
    });
  const on = deployment.held ? resumeRollout({ ...deployment, services: promoted }, now) : { ...deployment, services: promoted };
  return { ...on, held: undefined, ...(full && { unwatched: { by, at: now } }) };
}

/** Errors: `deployment_ended`. */
export function pause(deployment: Deployment, by: string, reason: string | undefined, now: number): Deployment {
  refuseIfOver(deployment, 'paused');
  if (deployment.held) return deployment;
  return { ...deployment, held: { by, at: now, ...(reason !== undefined && { reason }) } };
}

/** Times count from now on: nobody was meant to act meanwhile. */
export function resume(deployment: Deployment, now: number): Deployment {
  refuseIfOver(deployment, 'resumed');
  if (!deployment.held)
    throw new CodeError('deployment_state', `${deployment.id} is not paused.`, {
      hint: `A step that waits for somebody goes on with "codectl promote ${deployment.id}".`,
    });
  return { ...resumeRollout(deployment, now), held: undefined };
}

function refuseIfOver({ id, outcome, direction }: Deployment, word: string): void {
  if (outcome)
    throw new CodeError('deployment_ended', `Deployment ${id} has ended already: ${outcome}.`, {
      hint: 'Run "codectl status" to see what is live.',
    });
  if (direction === 'reverting')
    throw new CodeError('deployment_state', `Deployment ${id} goes back already and cannot be ${word}.`, {
      hint: `Wait for its end, then "codectl retry ${id}".`,
    });
}

function overTheStep(rollout: ServiceRollout, by: string): ServiceRollout {
  const { stage, step } = rollout;
  if (stage !== 'shifting' || step?.reachedAt === undefined || step.promotedBy !== undefined) return rollout;
  return { ...rollout, step: { ...step, promotedBy: by } };
}

/** A service that has not begun its course must hand back first what it took over; it then goes to its last step, being unwatched. */
function toTheEnd(rollout: ServiceRollout): ServiceRollout {
  const course = courseOf(rollout);
  if (!course || !rollout.step || rollout.stage === 'baking' || rollout.stage === 'settled') return rollout;
  const last = course.steps.length - 1;
  return rollout.step.index === last ? rollout : { ...rollout, step: { index: last } };
}
