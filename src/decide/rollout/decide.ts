// Moves a deployment: (deployment, what is observed, now) → the deployment as it is to be from now on.
// Every answer is stored before anything follows from it; the executor then converges instances and routes to the stored sizes.
//
//   waiting ─ needs are up ─► shifting ─ all new, all ready ─► baking ─ watched long enough, old gone ─► settled
//      any failure on the way forward: direction turns to `reverting`, whose goal is `from` (capacity first), then the outcome

import type { Deployment, ServiceRollout } from '../../model/deployment.ts';
import type { Instance } from '../../model/instance.ts';
import type { TimedSamples } from '../../model/measurement.ts';
import type { TrafficObservation } from '../../model/route.ts';
import type { Task } from '../../model/task.ts';
import { Census } from '../census.ts';
import { isGated } from '../tasks/gates.ts';
import { advance } from './advance.ts';
import { conclude, nextLook } from './conclude.ts';
import { findFailure } from './failure.ts';
import { endedIfUntouched, gateFailure } from './gate-failure.ts';
import { analysisOf } from './judge.ts';
import { handedBack, heldAt, stopWhereItIs, turnRound } from './turn.ts';

export interface RolloutDecision {
  readonly deployment: Deployment;
  /** Look again at this time even if nothing is seen to change. */
  readonly wakeAt?: number;
  /** The instance whose last log lines explain a failure that was found in this step. */
  readonly culprit?: string;
}

/** What was observed for one step. */
export interface RolloutView {
  /** Every instance of the deployment's scope. */
  readonly instances: readonly Instance[];
  /** What the gateway has counted so far; absent when it does not answer, or nobody is judged. */
  readonly traffic?: TrafficObservation;
  /** Values of metrics by service, not older than a few looks; a look takes those that came after the look before. */
  readonly samples?: Readonly<Record<string, readonly TimedSamples[]>>;
  /** Tasks of the scope; absent means none. */
  readonly tasks?: readonly Task[];
}

/** One step. Returns the same object when nothing is to change. An ended deployment never moves again. */
export function decideRollout(deployment: Deployment, view: RolloutView, now: number): RolloutDecision {
  if (deployment.outcome) return { deployment };
  const { tasks = [] } = view;
  const census = new Census(deployment.scope, view.instances);
  const failure = deployment.direction === 'forward' ? (findFailure(deployment, census, now) ?? gateFailure(deployment, tasks)) : undefined;
  if (failure?.hold) return { deployment: heldAt(deployment, failure, now), wakeAt: now, culprit: failure.culprit };
  if (failure) {
    const turned = deployment.kind === 'rollback' ? stopWhereItIs(deployment, failure, census, now) : turnRound(deployment, failure, now);
    const back = turned.outcome ? turned : handedBack(turned, census, now);
    return { deployment: endedIfUntouched(deployment, back, now), wakeAt: now, culprit: failure.culprit };
  }
  const services = deployment.services.map((one) =>
    advance(one, deployment, { census, traffic: view.traffic, samples: view.samples, now }, isGated(one, deployment, tasks)),
  );
  const moved = services.some((one, index) => one !== deployment.services[index]);
  const ended = conclude(moved ? { ...deployment, services } : deployment, now);
  return { deployment: ended, wakeAt: ended.outcome ? undefined : nextLook(ended, now) };
}

/**
 * A deployment as an engine takes it up that was not there for a while: deadlines and bake windows count from now,
 * for what nobody looked at has neither failed nor proven itself.
 */
export function resumeRollout(deployment: Deployment, now: number): Deployment {
  const underWay = (one: ServiceRollout) => one.stage === 'shifting' || one.stage === 'baking';
  return { ...deployment, services: deployment.services.map((one) => (underWay(one) ? takenUp(one, now) : one)) };
}

function takenUp(rollout: ServiceRollout, now: number): ServiceRollout {
  const { step } = rollout;
  return { ...rollout, progressAt: now, ...(step?.reachedAt !== undefined && { step: { ...step, reachedAt: now } }) };
}

/** Whether a step of this deployment looks at what the gateway counts. */
export function isJudged(deployment: Deployment): boolean {
  return !deployment.outcome && deployment.services.some((one) => one.stage === 'shifting' && analysisOf(one, deployment) !== undefined);
}
