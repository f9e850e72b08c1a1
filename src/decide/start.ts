// Turns an agreed plan into a deployment: where each service starts from, what it is made to be, what is carried over from a deployment it supersedes.
import { CodeError } from '../base/errors.ts';
import type { Deployment, DeploymentKind, EnvironmentState, ServiceRollout, ServiceTarget, Sizes } from '../model/deployment.ts';
import { leftBehind, revisionOf } from '../model/deployment.ts';
import type { Plan, ServiceChange } from '../model/plan.ts';

/** Release sets back from the live one that a rollback returns to at once: neither steps nor analysis for what has proven itself a short while ago. */
export const rollbackWindow = 3;

export interface StartFacts {
  readonly plan: Plan;
  readonly live: EnvironmentState | undefined;
  /** The deployment that is running now and will be superseded. */
  readonly running: Deployment | undefined;
  readonly by: string;
  readonly now: number;
}

/** Errors: `input_invalid` for a trial's plan. */
export function startDeployment({ plan, live, running, by, now }: StartFacts): Deployment {
  const number = (live?.lastNumber ?? 0) + 1;
  const planned = new Set(plan.changes.map((one) => one.service));
  const begun = (running?.services.map((one) => one.service) ?? leftBehind(live)).filter((one) => !planned.has(one));
  const services = [
    ...plan.changes.flatMap((change) => startService(change, { plan, live, running, by, now })),
    ...begun.flatMap((one) => dropService(one, live, running, now)),
  ];
  const { application, environment } = plan.scope;
  return {
    id: `${application}-${environment}-${number}`,
    number,
    scope: plan.scope,
    runtime: plan.runtime,
    kind: kindOf(plan),
    planId: plan.id,
    direction: 'forward',
    services,
    startedAt: now,
    startedBy: by,
    ...(plan.returns && { returns: plan.returns }),
  };
}

function kindOf({ id, kind, trial }: Plan): DeploymentKind {
  if (kind !== 'trial') return kind;
  throw new CodeError('input_invalid', `Plan ${id} is for a trial: there is nothing to deploy.`, {
    hint: `Begin the trial with "codectl prove ${trial?.kind ?? 'stress'} … --plan ${id}".`,
  });
}

/** Services that nothing touches are left out; one that a superseded deployment had begun to move is brought back to its place. */
function startService(change: ServiceChange, { plan, live, running, now }: StartFacts): readonly ServiceRollout[] {
  const { service, to, from } = change;
  const sizes = currentSizes(service, live, running);
  const clean = from !== undefined && isClean(sizes, from);
  if (change.kind === 'keep' && clean) return [];
  const weights = running?.services.find((one) => one.service === service)?.weights;
  return [
    {
      service,
      stage: 'waiting',
      since: now,
      to,
      from,
      sizes,
      mostReady: 0,
      progressAt: now,
      ...(weights && { weights }),
      ...(to && (to.unchecked || (plan.kind === 'rollback' && isRecent(service, to, live))) && { direct: true }),
    },
  ];
}

function isRecent(service: string, to: ServiceTarget, live: EnvironmentState | undefined): boolean {
  const recent = live?.history.slice(0, rollbackWindow + 1) ?? [];
  return recent.some((set) => set.services[service]?.release === to.release);
}

/** A service that only the superseded deployment knew, or one that failed: what it had started already is drained like any removal. */
function dropService(
  service: string,
  live: EnvironmentState | undefined,
  running: Deployment | undefined,
  now: number,
): readonly ServiceRollout[] {
  const sizes = currentSizes(service, live, running);
  return Object.keys(sizes).length === 0 ? [] : [{ service, stage: 'waiting', since: now, sizes, mostReady: 0, progressAt: now }];
}

function isClean(sizes: Sizes, target: ServiceTarget): boolean {
  const entries = Object.entries(sizes);
  return entries.length === 1 && entries[0]?.[0] === revisionOf(target) && entries[0][1] === target.replicas;
}

/** What is meant to run of a service at this moment, whoever decided it. Sets of a superseded release come first: they are the first to go. */
export function currentSizes(service: string, live: EnvironmentState | undefined, running: Deployment | undefined): Sizes {
  const rollout = running?.services.find((one) => one.service === service);
  if (rollout) {
    const from = rollout.from && revisionOf(rollout.from);
    const entries = Object.entries(rollout.sizes);
    if (entries.length < 2) return rollout.sizes;
    return Object.fromEntries([...entries.filter(([one]) => one !== from), ...entries.filter(([one]) => one === from)]);
  }
  const mixed = live?.mixed?.[service];
  if (mixed) return mixed;
  const target = live?.services[service];
  return target ? { [revisionOf(target)]: target.replicas } : {};
}
