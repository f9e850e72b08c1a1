// Tasks that stand before a service's new instances: which of them a deployment is to have by now, and whether they let it pass.
//
//   before_deploy hooks of all services ─► needs are up ─► release command ─► job ─► before_switch hooks ─► the service is rolled
//
// While a release command is still to come nothing is rolled but what that needs: when it fails, nothing is left changed.

import type { HookPhase } from '../../model/completion.ts';
import type { Deployment, EnvironmentState, ServiceRollout, ServiceTarget } from '../../model/deployment.ts';
import type { Task } from '../../model/task.ts';

export type Gate =
  | { readonly kind: 'hook'; readonly phase: HookPhase; readonly index: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'job' };

/** A task to be made for a deployment. */
export interface WantedTask {
  readonly service: string;
  readonly target: ServiceTarget;
  readonly gate: Gate;
}

/** What is to be made now; empty while something is under way that must come first. */
export function wantedGates(deployment: Deployment, tasks: readonly Task[]): readonly WantedTask[] {
  if (deployment.outcome || deployment.direction === 'reverting' || deployment.held || deployment.abortRequested) return [];
  const mine = tasks.filter((one) => one.deployment === deployment.id);
  const waiting = deployment.services.filter((one) => one.stage === 'waiting');
  const first = waiting.flatMap((one) => next(one, hooksOf(one, deployment, 'before_deploy'), mine));
  if (!allPassed(deployment, mine)) return first;
  const ready = waiting.filter((one) => needsAreUp(one, deployment) && !isHeldBack(one, deployment, mine));
  const wanted = ready.flatMap((one) => next(one, gatesOf(one, deployment), mine));
  // One migration at a time: two of them rarely know of one another.
  const busy = mine.some((one) => one.purpose === 'release' && one.state !== 'ended');
  const migration = wanted.find((one) => one.gate.kind === 'release');
  return wanted.filter((one) => one.gate.kind !== 'release' || (!busy && one === migration));
}

/** A service that waits may not be rolled yet, for the sake of a task. */
export function isGated(rollout: ServiceRollout, deployment: Deployment, tasks: readonly Task[]): boolean {
  if (rollout.stage !== 'waiting' || deployment.direction === 'reverting') return false;
  const mine = tasks.filter((one) => one.deployment === deployment.id);
  if (!allPassed(deployment, mine) || isHeldBack(rollout, deployment, mine)) return true;
  return gatesOf(rollout, deployment).some((gate) => !hasPassed(rollout, gate, mine));
}

/** The task that failed before anything that it stands for was done. */
export function failedGate(deployment: Deployment, tasks: readonly Task[]): Task | undefined {
  return tasks.find((one) => {
    if (one.deployment !== deployment.id || one.state !== 'ended' || one.outcome === 'succeeded') return false;
    const rollout = deployment.services.find(({ service }) => service === one.service);
    return rollout?.stage === 'waiting' && standsBefore(one);
  });
}

/**
 * Tasks that nobody waits for any more: the newest deployment has turned round or has ended, or they are of one before it and have not begun. What a
 * superseded deployment has begun comes to its end, and what is to follow it waits.
 */
export function vainTasks(newest: Deployment, tasks: readonly Task[]): readonly Task[] {
  const goesOn = (newest.direction === 'forward' && !newest.abortRequested) || newest.outcome === 'superseded';
  return tasks.filter((one) => {
    if (one.deployment === undefined || one.state === 'ended' || one.cancelRequested || !standsBefore(one)) return false;
    return one.deployment === newest.id ? !goesOn : one.state === 'waiting' && one.attempt === 0;
  });
}

/**
 * Runs of services that are no longer there, also where a deployment that came right after the removal was taken back: what is live is known then,
 * too. Release commands and hooks come to their end, which is near.
 */
export function runsOfTheGone({ services, deployment }: EnvironmentState, newest: Deployment, tasks: readonly Task[]): readonly Task[] {
  if (deployment !== undefined || newest.outcome === undefined || newest.outcome === 'failed_mixed') return [];
  return tasks.filter((one) => one.state !== 'ended' && !services[one.service] && one.purpose !== 'release' && one.purpose !== 'hook');
}

function standsBefore({ hook }: Task): boolean {
  return hook === undefined || isBefore(hook.phase);
}

export function isBefore(phase: HookPhase): boolean {
  return phase === 'before_deploy' || phase === 'before_switch';
}

/** After its needs, in order. Only a new release that goes forward has any: who goes back must not be kept from it. */
function gatesOf(rollout: ServiceRollout, deployment: Deployment): readonly Gate[] {
  if (!isNew(rollout, deployment)) return [];
  const { release, kind } = rollout.to?.spec ?? {};
  const job: readonly Gate[] = kind === 'job' ? [{ kind: 'job' }] : [];
  return [...(release ? [{ kind: 'release' } as const] : []), ...job, ...hooksOf(rollout, deployment, 'before_switch')];
}

function hooksOf(rollout: ServiceRollout, deployment: Deployment, phase: HookPhase): readonly Gate[] {
  if (!isNew(rollout, deployment)) return [];
  return (rollout.to?.spec.hooks?.[phase] ?? []).map((_, index): Gate => ({ kind: 'hook', phase, index }));
}

export function isNew({ to, from }: ServiceRollout, { kind }: Deployment): boolean {
  return kind === 'deploy' && to !== undefined && to.release !== from?.release;
}

function allPassed(deployment: Deployment, mine: readonly Task[]): boolean {
  return deployment.services.every((one) => hooksOf(one, deployment, 'before_deploy').every((gate) => hasPassed(one, gate, mine)));
}

function isHeldBack(rollout: ServiceRollout, deployment: Deployment, mine: readonly Task[]): boolean {
  const pending = deployment.services.filter(
    (one) => one.stage === 'waiting' && isNew(one, deployment) && one.to?.spec.release && !hasPassed(one, { kind: 'release' }, mine),
  );
  return pending.some((one) => one !== rollout && !needs(one, rollout.service, deployment)) && !pending.includes(rollout);
}

/** Directly or through others of the deployment. */
function needs(rollout: ServiceRollout, service: string, deployment: Deployment): boolean {
  const direct = rollout.to?.spec.needs ?? [];
  if (direct.includes(service)) return true;
  return deployment.services.some((one) => direct.includes(one.service) && needs(one, service, deployment));
}

function needsAreUp({ to }: ServiceRollout, { services }: Deployment): boolean {
  return services.every((one) => !to?.spec.needs.includes(one.service) || one.stage === 'baking' || one.stage === 'settled');
}

/** The first gate that is not passed, unless its task is there already. */
function next(rollout: ServiceRollout, gates: readonly Gate[], mine: readonly Task[]): readonly WantedTask[] {
  const { to, service } = rollout;
  const gate = gates.find((one) => !hasPassed(rollout, one, mine));
  return !to || !gate || taskOf(rollout, gate, mine) ? [] : [{ service, target: to, gate }];
}

function hasPassed(rollout: ServiceRollout, gate: Gate, mine: readonly Task[]): boolean {
  return taskOf(rollout, gate, mine)?.outcome === 'succeeded';
}

export function taskOf({ service }: Pick<ServiceRollout, 'service'>, gate: Gate, mine: readonly Task[]): Task | undefined {
  return mine.find((one) => {
    if (one.service !== service || one.purpose !== gate.kind) return false;
    return gate.kind !== 'hook' || (one.hook?.phase === gate.phase && one.hook.index === gate.index);
  });
}
