// What a service is heading for, how long it is watched once it is there, and the moments that are noted on the way.

import type { Duration } from '../../base/units.ts';
import { endsByItself } from '../../model/completion.ts';
import type { Deployment, ServiceRollout, ServiceTarget } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import { courseOf } from './course.ts';

/** How long a revert may go without progress before a person must look; at least the probe's own deadline. */
export const revertPatience: Duration = 120_000;

/** What a service is heading for in the deployment's present direction, at the size that it is to have on the way. */
export function goalOf(rollout: ServiceRollout, direction: Deployment['direction']): ServiceTarget | undefined {
  return direction === 'forward' ? freshOf(rollout) : rollout.from;
}

/** What it is made to be. Of a new release that nobody wants at this moment one instance is shown: it becomes ready, is watched, and goes again. */
export function freshOf(rollout: ServiceRollout): ServiceTarget | undefined {
  const { to } = rollout;
  return to?.replicas === 0 && isShown(rollout, to) ? { ...to, replicas: 1 } : to;
}

/** What was let go after its window stays gone, also for an engine that takes the deployment up and watches anew. */
function isShown(rollout: ServiceRollout, to: ServiceTarget): boolean {
  if (!isToBeProven(rollout)) return false;
  return rollout.stage === 'shifting' || (rollout.stage === 'baking' && (rollout.sizes[revisionOf(to)] ?? 0) > 0);
}

/** A new release has been ready before it counts as live; a task is no instance, and a release without checks is taken as it comes. */
export function isToBeProven({ to, from }: ServiceRollout): boolean {
  return to !== undefined && !to.unchecked && !endsByItself(to.spec) && to.release !== from?.release;
}

/** How long the service is watched after the switch. */
export function bakeOf(rollout: ServiceRollout, deployment: Deployment): Duration {
  const { to, from } = rollout;
  if (deployment.direction === 'reverting' || !to || to.unchecked) return 0;
  if (from && revisionOf(from) === revisionOf(to)) return 0;
  return to.spec.strategy.bake;
}

/** How long what was before stays after the switch, and the service is watched. */
export function watchOf(rollout: ServiceRollout, deployment: Deployment): Duration {
  const warm = deployment.direction === 'forward' ? (courseOf(rollout)?.warm ?? 0) : 0;
  return Math.max(warm, bakeOf(rollout, deployment));
}

/** The bake window counts from the switch, or from the moment since which somebody watches again. */
export function watchedFrom({ since, progressAt }: ServiceRollout): number {
  return Math.max(since, progressAt);
}

export function patienceOf(rollout: ServiceRollout): Duration {
  const spec = (rollout.from ?? rollout.to)?.spec;
  return Math.max(revertPatience, spec?.probe.deadline ?? 0, (spec?.stop.drain ?? 0) + (spec?.stop.grace ?? 0) + 30_000);
}

export function noteProgress(rollout: ServiceRollout, sizes: ServiceRollout['sizes'], ready: number, now: number): ServiceRollout {
  const further = ready > rollout.mostReady;
  if (!further && sameNumbers(sizes, rollout.sizes)) return rollout;
  return { ...rollout, sizes, mostReady: Math.max(ready, rollout.mostReady), progressAt: now };
}

export function enter(rollout: ServiceRollout, stage: ServiceRollout['stage'], now: number): ServiceRollout {
  return { ...rollout, stage, since: now, progressAt: now };
}

export function sameNumbers(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
