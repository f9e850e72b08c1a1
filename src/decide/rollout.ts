// Moves a deployment: (deployment, what is observed, now) → the deployment as it is to be from now on.
// Every answer is stored before anything follows from it; the executor then converges instances and routes to the stored sizes.
//
//   waiting ─ needs are up ─► shifting ─ all new, all ready ─► baking ─ watched long enough, old gone ─► settled
//      any failure on the way forward: direction turns to `reverting`, whose goal is `from` (capacity first), then the outcome

import type { Duration } from '../base/units.ts';
import type { Deployment, Outcome, ServiceRollout, ServiceTarget } from '../model/deployment.ts';
import { revisionOf } from '../model/deployment.ts';
import type { Instance } from '../model/instance.ts';
import type { Head } from './census.ts';
import { Census } from './census.ts';
import type { RollingGoal } from './rolling.ts';
import { nextSizes } from './rolling.ts';

/** Crashes of new instances that a shifting service may have before the deployment turns round (the last of them tells why). */
export const crashesTolerated = 2;
/** How long a revert may go without progress before a person must look; at least the probe's own deadline. */
export const revertPatience: Duration = 120_000;

export interface RolloutDecision {
  readonly deployment: Deployment;
  /** Look again at this time even if nothing is seen to change. */
  readonly wakeAt?: number;
  /** The instance whose last log lines explain a failure that was found in this step. */
  readonly culprit?: string;
}

/** Why a deployment must turn round. */
interface Failure {
  readonly reason: string;
  readonly culprit?: string;
}

/** What was observed for one step. */
export interface RolloutView {
  /** Every instance of the deployment's scope. */
  readonly instances: readonly Instance[];
}

/** One step. Returns the same object when nothing is to change. An ended deployment never moves again. */
export function decideRollout(deployment: Deployment, view: RolloutView, now: number): RolloutDecision {
  if (deployment.outcome) return { deployment };
  const census = new Census(deployment.scope, view.instances);
  const failure = deployment.direction === 'forward' ? findFailure(deployment, census, now) : undefined;
  if (failure) {
    const turned =
      deployment.kind === 'rollback' ? stopWhereItIs(deployment, failure, census, now) : turnRound(deployment, failure.reason, now);
    return { deployment: turned, wakeAt: now, culprit: failure.culprit };
  }
  const services = deployment.services.map((one) => advance(one, deployment, census, now));
  const moved = services.some((one, index) => one !== deployment.services[index]);
  const ended = conclude(moved ? { ...deployment, services } : deployment, now);
  return { deployment: ended, wakeAt: ended.outcome ? undefined : nextLook(ended, now) };
}

/** What a service is heading for in the deployment's present direction. */
export function goalOf(rollout: ServiceRollout, direction: Deployment['direction']): ServiceTarget | undefined {
  return direction === 'forward' ? rollout.to : rollout.from;
}

// ── going on ────────────────────────────────────────────────────────────────────────────────────────────────────────

function advance(rollout: ServiceRollout, deployment: Deployment, census: Census, now: number): ServiceRollout {
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
  return whole && alone && sameSizes(sizes, rollout.sizes) ? enter(next, 'baking', now) : next;
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

/** The bake window counts from the switch, or from the moment since which somebody watches again. */
function watchedFrom({ since, progressAt }: ServiceRollout): number {
  return Math.max(since, progressAt);
}

/**
 * A deployment as an engine takes it up that was not there for a while: deadlines and bake windows count from now,
 * for what nobody looked at has neither failed nor proven itself.
 */
export function resumeRollout(deployment: Deployment, now: number): Deployment {
  const underWay = (one: ServiceRollout) => one.stage === 'shifting' || one.stage === 'baking';
  return { ...deployment, services: deployment.services.map((one) => (underWay(one) ? { ...one, progressAt: now } : one)) };
}

/** How long the service is watched after the switch. */
export function bakeOf(rollout: ServiceRollout, deployment: Deployment): Duration {
  const { to, from } = rollout;
  if (deployment.direction === 'reverting' || !to) return 0;
  if (from && revisionOf(from) === revisionOf(to)) return 0;
  return to.spec.strategy.bake;
}

function noteProgress(rollout: ServiceRollout, sizes: ServiceRollout['sizes'], ready: number, now: number): ServiceRollout {
  const further = ready > rollout.mostReady;
  if (!further && sameSizes(sizes, rollout.sizes)) return rollout;
  return { ...rollout, sizes, mostReady: Math.max(ready, rollout.mostReady), progressAt: now };
}

function enter(rollout: ServiceRollout, stage: ServiceRollout['stage'], now: number): ServiceRollout {
  return { ...rollout, stage, since: now, progressAt: now };
}

// ── failing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function findFailure(deployment: Deployment, census: Census, now: number): Failure | undefined {
  if (deployment.abortRequested) return { reason: abortReason(deployment.abortRequested) };
  for (const rollout of deployment.services) {
    if (!rollout.to) continue;
    const head = census.of(revisionOf(rollout.to));
    const failure = rollout.stage === 'shifting' ? failedShift(rollout, rollout.to, head, now) : failedBake(rollout, rollout.to, head);
    if (failure) return failure;
  }
  return undefined;
}

function failedShift(rollout: ServiceRollout, to: ServiceTarget, head: Head, now: number): Failure | undefined {
  const crashes = head.crashes.filter((one) => one.startedAt >= rollout.since);
  const last = crashes.at(-1);
  if (last && crashes.length > crashesTolerated) {
    return {
      reason: `${rollout.service}: ${crashes.length} instances of ${to.release} ended by themselves; the last, ${last.id}, ${exitText(last)}`,
      culprit: last.id,
    };
  }
  if (head.ready >= to.replicas || now < rollout.progressAt + to.spec.probe.deadline) return undefined;
  const culprit = leastFit(head, last);
  const why = culprit
    ? `${culprit.id}: ${culprit.unreadyBecause ?? (culprit.exit ? exitText(culprit) : 'not ready')}`
    : 'no instance came up';
  return {
    reason: `${rollout.service}: ${head.ready} of ${to.replicas} instances of ${to.release} became ready within ${to.spec.probe.deadline / 1000}s (probe.deadline); ${why}`,
    culprit: culprit?.id,
  };
}

/** The one that best explains why not all are ready: one that was just replaced has more to tell than its replacement. */
function leastFit(head: Head, lastCrash: Instance | undefined): Instance | undefined {
  const silent = head.instances.filter((one) => !one.ready && one.state !== 'exited');
  return silent.find((one) => one.unreadyBecause !== undefined) ?? lastCrash ?? silent[0];
}

/** In the bake window one crash or one instance that stops being ready is enough. */
function failedBake(rollout: ServiceRollout, to: ServiceTarget, head: Head): Failure | undefined {
  if (rollout.stage !== 'baking' || (rollout.from && revisionOf(rollout.from) === revisionOf(to))) return undefined;
  const crash = head.crashes.find((one) => (one.exit?.at ?? 0) >= rollout.since);
  if (crash)
    return {
      reason: `${rollout.service}: ${crash.id} of ${to.release} ended during the bake window: ${exitText(crash)}`,
      culprit: crash.id,
    };
  if (head.ready >= to.replicas) return undefined;
  const unready = head.instances.find((one) => one.state === 'running' && !one.ready);
  return {
    reason: `${rollout.service}: ${head.ready} of ${to.replicas} instances of ${to.release} are ready during the bake window${unready ? `; ${unready.id}: ${unready.unreadyBecause ?? 'not ready'}` : ''}`,
    culprit: unready?.id,
  };
}

/** `exited with code 1`, `was killed by SIGKILL`, `ran out of memory`. */
export function exitText(instance: Instance): string {
  const exit = instance.exit;
  if (!exit) return 'is gone';
  if (exit.because) return `could not be started: ${exit.because}`;
  if (exit.outOfMemory) return 'ran out of memory (killed at its limit)';
  if (exit.signal) return `was killed by ${exit.signal}`;
  return exit.code === undefined ? 'ended, how is not known' : `exited with code ${exit.code}`;
}

function abortReason(request: NonNullable<Deployment['abortRequested']>): string {
  return `aborted by ${request.by}${request.reason ? `: ${request.reason}` : ''}`;
}

function turnRound(deployment: Deployment, reason: string, now: number): Deployment {
  const services = deployment.services.map((one) => revert(one, now));
  return { ...deployment, direction: 'reverting', reason, services };
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
function stopWhereItIs(deployment: Deployment, failure: Failure, census: Census, now: number): Deployment {
  const untouched = deployment.services.every((one) => one.from && census.of(revisionOf(one.from)).ready >= one.from.replicas);
  if (untouched || deployment.abortRequested) return turnRound(deployment, failure.reason, now);
  return {
    ...deployment,
    outcome: 'failed_mixed',
    endedAt: now,
    reason: `${failure.reason}; a rollback is never rolled back, so what runs now was left running`,
  };
}

// ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function conclude(deployment: Deployment, now: number): Deployment {
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

function patienceOf(rollout: ServiceRollout): Duration {
  const spec = (rollout.from ?? rollout.to)?.spec;
  return Math.max(revertPatience, spec?.probe.deadline ?? 0, (spec?.stop.drain ?? 0) + (spec?.stop.grace ?? 0) + 30_000);
}

function outcomeOf(deployment: Deployment): Outcome {
  if (deployment.direction === 'forward') return 'succeeded';
  if (deployment.abortRequested) return 'aborted';
  if (deployment.kind === 'rollback') return 'failed';
  return deployment.services.some((one) => one.from) ? 'rolled_back' : 'failed';
}

/** The earliest moment to come at which time alone changes the answer; what is overdue waits for something to be seen, not for time. */
function nextLook(deployment: Deployment, now: number): number | undefined {
  const times = deployment.services.flatMap((one) => {
    if (one.stage === 'baking') return [watchedFrom(one) + bakeOf(one, deployment)];
    if (one.stage !== 'shifting') return [];
    return [one.progressAt + (deployment.direction === 'forward' ? (one.to?.spec.probe.deadline ?? revertPatience) : patienceOf(one))];
  });
  const ahead = times.filter((one) => one > now);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}

function sameSizes(a: ServiceRollout['sizes'], b: ServiceRollout['sizes']): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
