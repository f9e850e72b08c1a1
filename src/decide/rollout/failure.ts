// Finds out that a deployment cannot go on: somebody stopped it, instances crash or do not come up, or what was in place falls.

import type { Deployment, ServiceRollout, ServiceTarget } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { ExitReason, Instance } from '../../model/instance.ts';
import type { Census, Head } from '../census.ts';
import { baselineOf, courseOf } from './course.ts';
import { freshOf } from './goal.ts';
import { isInBackground } from './judge.ts';

/** Crashes of new instances that a shifting service may have before the deployment turns round (the last of them tells why). */
export const crashesTolerated = 2;

/** Why a deployment must turn round. */
export interface Failure {
  readonly reason: string;
  /** The instance whose last log lines explain it. */
  readonly culprit?: string;
  /** It has not failed, nor has it passed in the time that it was given. */
  readonly undecided?: true;
  /** It is to stand still for somebody to look at, instead of going back. */
  readonly hold?: boolean;
}

export function findFailure(deployment: Deployment, census: Census, now: number): Failure | undefined {
  if (deployment.abortRequested) return { reason: abortReason(deployment.abortRequested) };
  for (const rollout of deployment.services) {
    const to = freshOf(rollout);
    if (!to) continue;
    const head = census.of(revisionOf(to));
    const failure =
      rollout.stage === 'shifting'
        ? failedShift(rollout, to, head, deployment.held ? undefined : now)
        : failedBake(rollout, to, head, deployment.startedAt);
    const found = failure ?? badVerdict(rollout, to, deployment) ?? missingBaseline(rollout, to, deployment, census, now);
    if (found) return found;
  }
  return undefined;
}

function failedShift(rollout: ServiceRollout, to: ServiceTarget, head: Head, now: number | undefined): Failure | undefined {
  const crashes = head.crashes.filter((one) => one.startedAt >= rollout.since);
  const hopeless = crashes.find((one) => one.exit?.final);
  // However many are borne: they would all end like this one.
  if (hopeless) return { reason: `${rollout.service}: ${hopeless.id} of ${to.release} ${exitText(hopeless)}`, culprit: hopeless.id };
  const last = crashes.at(-1);
  if (last && crashes.length > (failuresBorne(to) ?? crashesBorne(to))) {
    const many = crashes.length === 1 ? '1 instance' : `${crashes.length} instances`;
    return {
      reason: `${rollout.service}: ${many} of ${to.release} ended by themselves; the last, ${last.id}, ${exitText(last)}${strictness(to)}`,
      culprit: last.id,
    };
  }
  // Whoever holds a deployment stops its deadlines, too.
  return now === undefined ? undefined : overdue(rollout, to, head, last, now);
}

function overdue(
  rollout: ServiceRollout,
  to: ServiceTarget,
  head: Head,
  lastCrash: Instance | undefined,
  now: number,
): Failure | undefined {
  const course = courseOf(rollout);
  const wanted = course ? (rollout.sizes[revisionOf(to)] ?? 0) : to.replicas;
  if (head.ready >= wanted || now < begunAt(rollout, head) + to.spec.probe.deadline) return undefined;
  // On a course one that stood may fall long after the last progress: its deadline begins with this look.
  if (course && head.ready < rollout.mostReady) return undefined;
  const culprit = leastFit(head, lastCrash);
  const why = culprit
    ? `${culprit.id}: ${culprit.unreadyBecause ?? (culprit.exit ? exitText(culprit) : 'not ready')}`
    : 'no instance came up';
  return {
    reason: `${rollout.service}: ${head.ready} of ${wanted} instances of ${to.release} became ready within ${to.spec.probe.deadline / 1000}s (probe.deadline); ${why}`,
    culprit: culprit?.id,
    hold: to.spec.strategy.onDeadline === 'keep',
  };
}

/** Who waits for an image has not begun. An image that never comes ends as an instance that could not be started. */
function begunAt({ progressAt }: ServiceRollout, head: Head): number {
  if (head.instances.some((one) => one.state === 'starting')) return Number.POSITIVE_INFINITY;
  return Math.max(progressAt, ...head.instances.map((one) => one.waitedUntil ?? 0));
}

/** The one that best explains why not all are ready: one that was just replaced has more to tell than its replacement. */
function leastFit(head: Head, lastCrash: Instance | undefined): Instance | undefined {
  const silent = head.instances.filter((one) => !one.ready && one.state !== 'exited');
  return silent.find((one) => one.unreadyBecause !== undefined) ?? lastCrash ?? silent[0];
}

/** What a look has found, one step after it was stored. In the background no verdict in time is for people to decide. */
function badVerdict(rollout: ServiceRollout, to: ServiceTarget, { unwatched }: Deployment): Failure | undefined {
  const verdict = rollout.stage === 'shifting' && !unwatched ? rollout.analysis?.verdict : undefined;
  if (!verdict?.final || verdict.verdict === 'pass') return undefined;
  const reason = `${rollout.service}: ${verdict.message}`;
  if (verdict.verdict === 'fail') return { reason };
  return isInBackground(to.spec.strategy) || rollout.step?.promotedBy !== undefined ? undefined : { reason, undecided: true };
}

/** The old release does not start any more, so there is nothing that the new one could be compared with. */
function missingBaseline(
  rollout: ServiceRollout,
  to: ServiceTarget,
  { held }: Deployment,
  census: Census,
  now: number,
): Failure | undefined {
  const baseline = rollout.stage === 'shifting' && !held && rollout.step?.reachedAt === undefined ? baselineOf(rollout) : undefined;
  if (baseline === undefined || now < rollout.progressAt + to.spec.probe.deadline) return undefined;
  const { ready, instances } = census.of(baseline);
  const wanted = rollout.sizes[baseline] ?? 0;
  if (ready >= wanted) return undefined;
  return {
    reason: `${rollout.service}: ${ready} of ${wanted} instances of ${rollout.from?.release} that ${to.release} is to be compared with (analysis.baseline) became ready within ${to.spec.probe.deadline / 1000}s (probe.deadline)`,
    culprit: instances.find((one) => !one.ready)?.id,
    undecided: true,
  };
}

/** In the bake window one crash or one instance that stops being ready is enough, unless a ratio says how many are borne from the first start on. */
function failedBake(rollout: ServiceRollout, to: ServiceTarget, head: Head, startedAt: number): Failure | undefined {
  if (rollout.stage !== 'baking' || to.unchecked || (rollout.from && revisionOf(rollout.from) === revisionOf(to))) return undefined;
  // Shown, watched and let go: how it ends says nothing of it any more.
  if (to.replicas === 0) return undefined;
  const { borne, from } = bakeBounds(rollout, to, startedAt);
  const crashes = head.crashes.filter((one) => (one.exit?.at ?? 0) >= from);
  const crash = crashes.at(-1);
  if (crash && crashes.length > borne)
    return {
      reason: `${rollout.service}: ${crash.id} of ${to.release} ended during the bake window: ${exitText(crash)}`,
      culprit: crash.id,
    };
  // A scaler may have asked for more meanwhile: those that were not there yet have not fallen.
  const stood = Math.min(to.replicas, rollout.mostReady);
  if (head.ready >= stood - borne) return undefined;
  const missing = missingOf(head);
  return {
    reason: `${rollout.service}: ${head.ready} of ${stood} instances of ${to.release} are ready during the bake window${missing ? `; ${missing.id}: ${missing.why}` : ''}`,
    culprit: missing?.id,
  };
}

/** One that runs and is not ready, or else one that ended: that may have been a moment before the window began. */
function missingOf({ instances, crashes }: Head): { readonly id: string; readonly why: string } | undefined {
  const unready = instances.find((one) => one.state === 'running' && !one.ready);
  if (unready) return { id: unready.id, why: unready.unreadyBecause ?? 'not ready' };
  const crash = crashes.at(-1);
  return crash && { id: crash.id, why: exitText(crash) };
}

/** How many failures the bake bears, and from when on they are counted. */
function bakeBounds({ since }: ServiceRollout, to: ServiceTarget, startedAt: number): { readonly borne: number; readonly from: number } {
  const borne = failuresBorne(to);
  return borne === undefined ? { borne: 0, from: since } : { borne, from: startedAt };
}

/** How many instances may fail in all; undefined where no ratio is given. As Swarm's `max_failure_ratio`: above it is too much, at it is not. */
function failuresBorne({ replicas, spec: { strategy } }: ServiceTarget): number | undefined {
  if (strategy.kind !== 'rolling' || strategy.maxFailureRatio === undefined) return undefined;
  return Math.floor(strategy.maxFailureRatio * replicas + 1e-9);
}

/** Whoever grants an instance no further attempt bears no further failure of it. */
function crashesBorne({ replicas, spec: { restart } }: ServiceTarget): number {
  if (restart?.condition === 'none') return 0;
  return restart?.attempts === undefined ? crashesTolerated : Math.min(crashesTolerated, restart.attempts * Math.max(1, replicas));
}

function strictness(to: ServiceTarget): string {
  if (failuresBorne(to) !== undefined || crashesBorne(to) === crashesTolerated) return '';
  const { condition, attempts } = to.spec.restart ?? {};
  return condition === 'none' ? ' (restart.condition is none)' : ` (restart.attempts is ${attempts})`;
}

/** `exited with code 1`, `was killed by SIGKILL`, `ran out of memory`, `was lost with its node n2`. */
export function exitText({ exit }: Pick<Instance, 'exit'>): string {
  if (!exit) return 'is gone';
  return exit.said === undefined ? endText(exit) : `${endText(exit)} (${exit.said})`;
}

function endText(exit: ExitReason): string {
  if (exit.because) return `could not be started: ${exit.because}`;
  if (exit.how) return exit.how;
  if (exit.outOfMemory) return 'ran out of memory (killed at its limit)';
  if (exit.signal) return `was killed by ${exit.signal}`;
  return exit.code === undefined ? 'ended, how is not known' : `exited with code ${exit.code}`;
}

function abortReason(request: NonNullable<Deployment['abortRequested']>): string {
  return `aborted by ${request.by}${request.reason ? `: ${request.reason}` : ''}`;
}
