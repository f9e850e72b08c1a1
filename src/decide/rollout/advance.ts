// One service one step further in the deployment's present direction.

import type { Deployment, ServiceRollout } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { Census } from '../census.ts';
import { bakeOf, enter, goalOf, noteProgress, sameNumbers, watchedFrom } from './goal.ts';
import type { RollingGoal } from './rolling.ts';
import { nextSizes } from './rolling.ts';

export function advance(rollout: ServiceRollout, deployment: Deployment, census: Census, now: number): ServiceRollout {
  switch (rollout.stage) {
    case 'waiting':
      return mayStart(rollout, deployment) ? enter(rollout, 'shifting', now) : rollout;
    case 'shifting':
      return shift(rollout, deployment, census, now);
    case 'baking':
      return bake(rollout, deployment, census, now);
    case 'settled':
      return rollout;
  }
}

/** A service starts when what it needs is up; a removal waits until everything that stays has been watched long enough. */
function mayStart(rollout: ServiceRollout, deployment: Deployment): boolean {
  if (deployment.direction === 'reverting') return true;
  const others = deployment.services.filter((one) => one !== rollout);
  if (!rollout.to) return others.every((one) => one.stage === 'settled' || !one.to);
  const needs = rollout.to.spec.needs;
  return others.every((one) => !needs.includes(one.service) || one.stage === 'baking' || one.stage === 'settled');
}

function shift(rollout: ServiceRollout, deployment: Deployment, census: Census, now: number): ServiceRollout {
  const goal = rollingGoal(rollout, deployment);
  const sizes = nextSizes(rollout.sizes, goal, census);
  const head = goal.revision === undefined ? undefined : census.of(goal.revision);
  const next = noteProgress(rollout, sizes, head?.ready ?? 0, now);
  const whole = head === undefined || (head.ready >= goal.wanted && head.live <= goal.wanted);
  const alone = Object.entries(sizes).every(([one, size]) => one === goal.revision || size === 0);
  return whole && alone && sameNumbers(sizes, rollout.sizes) ? enter(next, 'baking', now) : next;
}

function rollingGoal(rollout: ServiceRollout, { direction }: Deployment): RollingGoal {
  const goal = goalOf(rollout, direction);
  const capacityFirst = direction === 'reverting';
  if (!goal) return { wanted: 0, surge: 0, unavailable: 0, capacityFirst };
  const { strategy } = goal.spec;
  const bounds = strategy.kind === 'rolling' ? strategy : { surge: 1, unavailable: 0 };
  return { revision: revisionOf(goal), wanted: goal.replicas, surge: bounds.surge, unavailable: bounds.unavailable, capacityFirst };
}

/** Removals, scale-only changes and reverts have nothing to watch; everything waits for the old instances to be gone. */
function bake(rollout: ServiceRollout, deployment: Deployment, census: Census, now: number): ServiceRollout {
  const goal = goalOf(rollout, deployment.direction);
  const others = Object.keys(rollout.sizes).filter((one) => goal === undefined || one !== revisionOf(goal));
  const left = others.filter((one) => !census.gone(one));
  const sizes =
    left.length === others.length
      ? rollout.sizes
      : Object.fromEntries(Object.entries(rollout.sizes).filter(([one]) => !others.includes(one) || left.includes(one)));
  const next = sizes === rollout.sizes ? rollout : { ...rollout, sizes };
  const overdue = now >= watchedFrom(rollout) + bakeOf(rollout, deployment);
  return overdue && left.length === 0 ? enter(next, 'settled', now) : next;
}
