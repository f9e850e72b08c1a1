// One service one step further in the deployment's present direction.

import type { Deployment, ServiceRollout, ServiceTarget, Sizes } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { Census } from '../census.ts';
import { courseOf, keptOf } from './course.ts';
import { enter, goalOf, isToBeProven, noteProgress, sameNumbers, watchedFrom, watchOf } from './goal.ts';
import { analysisOf, hasPassed, takeLook } from './judge.ts';
import type { PaceView } from './pace.ts';
import { pace, retreat } from './pace.ts';
import type { RollingGoal } from './rolling.ts';
import { nextSizes } from './rolling.ts';

/** `gated`: a task must come first; see `decide/tasks/gates`. */
export function advance(rollout: ServiceRollout, deployment: Deployment, view: PaceView, gated: boolean): ServiceRollout {
  const { census, now } = view;
  const held = deployment.held !== undefined && deployment.direction === 'forward';
  switch (rollout.stage) {
    case 'waiting':
      return !held && !gated && mayStart(rollout, deployment) ? enter(rollout, 'shifting', now) : resized(rollout, rollout.from);
    case 'shifting':
      return shift(rollout, deployment, view);
    case 'baking':
      return bake(rollout, deployment, census, now);
    case 'settled':
      return resized(rollout, goalOf(rollout, deployment.direction));
  }
}

/** A scaler may want another number of what runs alone here. */
function resized(rollout: ServiceRollout, target: ServiceTarget | undefined): ServiceRollout {
  if (!target) return rollout;
  const revision = revisionOf(target);
  const size = rollout.sizes[revision];
  if (size === undefined || size === target.replicas || Object.keys(rollout.sizes).length > 1) return rollout;
  return { ...rollout, sizes: { [revision]: target.replicas } };
}

/** A service starts when what it needs is up; a removal waits until everything that stays has been watched long enough. */
function mayStart(rollout: ServiceRollout, deployment: Deployment): boolean {
  if (deployment.direction === 'reverting') return true;
  const others = deployment.services.filter((one) => one !== rollout);
  if (!rollout.to) return others.every((one) => one.stage === 'settled' || !one.to);
  const needs = rollout.to.spec.needs;
  return others.every((one) => !needs.includes(one.service) || one.stage === 'baking' || one.stage === 'settled');
}

function shift(rollout: ServiceRollout, deployment: Deployment, view: PaceView): ServiceRollout {
  const { census, now } = view;
  if (deployment.direction === 'reverting')
    return rollout.weights && rollout.from ? retreat(rollout, census, now) : roll(rollout, deployment, census, now, true);
  const course = courseOf(rollout);
  if (course) return pace(rollout, course, deployment, view);
  // Who becomes ready meanwhile has traffic all the same, and is no newcomer afterwards.
  if (deployment.held) return noteReady(rollout, goalOf(rollout, deployment.direction), census);
  return watchedRoll(withoutWeights(rollout), deployment, view);
}

/** With an analysis both releases stand side by side, the old one with one instance at least, until the new one has passed. */
function watchedRoll(rollout: ServiceRollout, deployment: Deployment, { census, traffic, samples, now }: PaceView): ServiceRollout {
  const { to, from } = rollout;
  if (!to || !from || !analysisOf(rollout, deployment)) return roll(rollout, deployment, census, now, true);
  const both = [to, from].every((one) => census.of(revisionOf(one)).ready > 0);
  const looked = both ? takeLook(rollout, deployment, traffic, now, samples?.[rollout.service]) : rollout;
  return roll(looked, deployment, census, now, hasPassed(looked));
}

/** `free`: the last old instance may go. */
function roll(rollout: ServiceRollout, deployment: Deployment, census: Census, now: number, free: boolean): ServiceRollout {
  const goal = rollingGoal(rollout, deployment);
  const allowed = nextSizes(rollout.sizes, goal, census);
  const sizes = free ? allowed : withOneOld(allowed, rollout);
  const head = goal.revision === undefined ? undefined : census.of(goal.revision);
  const next = noteProgress(rollout, sizes, head?.ready ?? 0, now);
  const whole = head === undefined || (head.ready >= goal.wanted && head.live <= goal.wanted);
  const alone = Object.entries(sizes).every(([one, size]) => one === goal.revision || size === 0);
  return whole && alone && sameNumbers(sizes, rollout.sizes) ? enter(next, 'baking', now) : next;
}

function withOneOld(sizes: Sizes, { from }: ServiceRollout): Sizes {
  if (!from) return sizes;
  const old = revisionOf(from);
  return { ...sizes, [old]: Math.max(1, sizes[old] ?? 0) };
}

/** Where instances are replaced one by one, the traffic follows those that are ready. */
function withoutWeights(rollout: ServiceRollout): ServiceRollout {
  return rollout.weights ? { ...rollout, weights: undefined } : rollout;
}

function rollingGoal(rollout: ServiceRollout, { direction }: Deployment): RollingGoal {
  const goal = goalOf(rollout, direction);
  const capacityFirst = direction === 'reverting';
  if (!goal) return { wanted: 0, surge: 0, unavailable: 0, capacityFirst };
  const { strategy, probe } = goal.spec;
  // Nobody would know when the new ones can take over.
  if (probe.none)
    return {
      revision: revisionOf(goal),
      wanted: goal.replicas,
      surge: 0,
      unavailable: goal.replicas,
      capacityFirst: false,
      oldFirst: true,
    };
  // Back to what is known to work: everything at once beside what runs.
  const surge = rollout.direct ? goal.replicas : 1;
  const bounds = strategy.kind === 'rolling' && !rollout.direct ? strategy : { surge, unavailable: 0 };
  return { revision: revisionOf(goal), wanted: goal.replicas, surge: bounds.surge, unavailable: bounds.unavailable, capacityFirst };
}

/**
 * Removals, scale-only changes and reverts have nothing to watch; everything waits for the old instances to be gone. After a course they are
 * still there, without traffic, until the window is over: going back takes no more than a change of shares.
 */
function bake(rollout: ServiceRollout, deployment: Deployment, census: Census, now: number): ServiceRollout {
  const over = !deployment.held && now >= watchedFrom(rollout) + watchOf(rollout, deployment);
  const goal = restingGoal(rollout, deployment, over);
  const home = goal && revisionOf(goal);
  const kept = deployment.direction === 'reverting' ? keptOf(rollout)?.revision : undefined;
  const sizes = restingSizes(rollout, { home, wanted: goal?.replicas, kept }, over, census);
  const resting = sameNumbers(sizes, rollout.sizes) ? rollout : { ...rollout, sizes };
  const next = noteReady(resting, goal, census);
  if (isUnseen(next, deployment)) return enter(next, 'shifting', now);
  if (!over || isLeaving(next, deployment, census) || Object.keys(sizes).some((one) => one !== home && one !== kept)) return next;
  // Without shares what is kept for a look would get traffic again.
  return enter(kept === undefined ? withoutWeights(next) : next, 'settled', now);
}

/** One that was only shown goes when it has been watched long enough. */
function restingGoal(rollout: ServiceRollout, { direction }: Deployment, over: boolean): ServiceTarget | undefined {
  return over && direction === 'forward' ? rollout.to : goalOf(rollout, direction);
}

/** The one that was shown is drained before the deployment has succeeded. */
function isLeaving(rollout: ServiceRollout, { direction }: Deployment, census: Census): boolean {
  const { to } = rollout;
  return direction === 'forward' && to?.replicas === 0 && isToBeProven(rollout) && !census.gone(revisionOf(to));
}

/** It was let go because nobody was wanted, and now somebody is: none of it is there any more, so there is nothing to be watched yet. */
function isUnseen({ to, from, mostReady }: ServiceRollout, { direction }: Deployment): boolean {
  if (direction !== 'forward' || !to || to.unchecked || (from && revisionOf(from) === revisionOf(to))) return false;
  return to.replicas > 0 && mostReady === 0;
}

interface Resting {
  readonly home: string | undefined;
  readonly wanted: number | undefined;
  /** What stays for a look. */
  readonly kept: string | undefined;
}

function restingSizes(rollout: ServiceRollout, { home, wanted, kept }: Resting, over: boolean, census: Census): Sizes {
  const sizes: Record<string, number> = {};
  for (const [one, size] of Object.entries(rollout.sizes)) {
    if (one === home) sizes[one] = wanted ?? size;
    else if (size > 0 && (!over || one === kept)) sizes[one] = size;
    else if (!census.gone(one)) sizes[one] = 0;
  }
  return sizes;
}

/** How many are watched: more may have come, or fewer be wanted, since the window began. */
function noteReady(rollout: ServiceRollout, goal: ServiceTarget | undefined, census: Census): ServiceRollout {
  if (!goal) return rollout;
  const mostReady = Math.min(goal.replicas, Math.max(rollout.mostReady, census.of(revisionOf(goal)).ready));
  return mostReady === rollout.mostReady ? rollout : { ...rollout, mostReady };
}
