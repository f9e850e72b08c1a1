// From the nouns of the house to what callers see: snake case, ISO 8601 times, no internals.
import type { z } from 'zod';
import { standingOf } from '../engine/queries/standing.ts';
import { endsByItself } from '../model/completion.ts';
import type { Deployment, EnvironmentState, ManualLock, ServiceRollout, ServiceTarget, TrafficPause } from '../model/deployment.ts';
import { revisionOf, uncheckedIn } from '../model/deployment.ts';
import type { Drift } from '../model/drift.ts';
import type { EngineEvent } from '../model/event.ts';
import type { ExitReason, Instance } from '../model/instance.ts';
import { replicaSetId } from '../model/instance.ts';
import type { MetricVerdict } from '../model/measurement.ts';
import type { Plan } from '../model/plan.ts';
import type { ScalePause, ScaleReport } from '../model/scale.ts';
import type {
  deploymentView,
  environmentView,
  eventView,
  instanceView,
  lockView,
  pauseView,
  planView,
  scalePauseView,
  scaleView,
  serviceView,
} from './schemas.ts';

type PlanView = z.infer<typeof planView>;
type DeploymentView = z.infer<typeof deploymentView>;
type InstanceView = z.infer<typeof instanceView>;
type ServiceView = z.infer<typeof serviceView>;
type EnvironmentView = z.infer<typeof environmentView>;
type EventView = z.infer<typeof eventView>;

const iso = (at: number): string => new Date(at).toISOString();
const target = (one: ServiceTarget | undefined) => one && { release: one.release, replicas: one.replicas, unchecked: one.unchecked };

/** What its approval takes depends on who asks: see `showPlan`. */
export function viewPlan(plan: Plan): PlanView {
  return {
    plan_id: plan.id,
    digest: plan.digest,
    ...plan.scope,
    runtime: plan.runtime,
    kind: plan.kind,
    changes: plan.changes.map(({ service, kind, reason, from, to }) => ({ service, kind, reason, from: target(from), to: target(to) })),
    warnings: [...plan.warnings],
    risk: plan.risk,
    shipped: plan.shipped?.map(({ signature, provenance, ...one }) => ({
      ...one,
      signature: signature.state,
      provenance: provenance.state,
    })),
    policy: [],
    approval: plan.approval,
    approvals_needed: plan.approval === 'required' ? 1 : 0,
    approved_by: [],
    returns: returnsView(plan),
    created_at: iso(plan.createdAt),
    expires_at: iso(plan.expiresAt),
    created_by: plan.createdBy,
    applied_as: plan.appliedAs,
  };
}

export function viewDeployment(deployment: Deployment): DeploymentView {
  const { id, number, scope, kind, direction, outcome, reason, lastLog, startedAt, endedAt, startedBy, planId } = deployment;
  return {
    id,
    number,
    ...scope,
    kind,
    direction,
    outcome,
    unchecked: uncheckedOf(deployment),
    reason,
    last_log: lastLog && [...lastLog],
    returns: returnsView(deployment),
    paused: pausedView(deployment),
    services: deployment.services.map((one) => rolloutView(one, deployment)),
    started_at: iso(startedAt),
    ended_at: endedAt === undefined ? undefined : iso(endedAt),
    duration_ms: endedAt === undefined ? undefined : endedAt - startedAt,
    started_by: startedBy,
    plan_id: planId,
  };
}

function returnsView({ returns }: Pick<Deployment, 'returns'>): DeploymentView['returns'] {
  if (!returns) return undefined;
  const { deployment, at, leftAt } = returns;
  return { deployment, live_at: iso(at), rolled_back_at: leftAt === undefined ? undefined : iso(leftAt) };
}

function pausedView({ held }: Deployment): DeploymentView['paused'] {
  return held && { by: held.by, at: iso(held.at), reason: held.reason };
}

function rolloutView(rollout: ServiceRollout, deployment: Deployment): DeploymentView['services'][number] {
  const { service, stage, from, to } = rollout;
  const standing = standingOf(rollout, deployment);
  const step = standing && { number: standing.number, of: standing.of, weight: standing.weight, waits_for: standing.waitsFor };
  return { service, stage, step, analysis: analysisOf(rollout), from: target(from), to: target(to) };
}

function analysisOf({ analysis }: ServiceRollout): DeploymentView['services'][number]['analysis'] {
  if (!analysis) return undefined;
  const { verdict, message, metrics } = analysis.verdict ?? { verdict: 'inconclusive', message: 'nothing was looked at yet', metrics: [] };
  return { verdict, message, requests: { ...analysis.requests }, metrics: metrics.map(metricView) };
}

export function metricView({ metric, verdict, message, facts, dryRun }: MetricVerdict) {
  return { metric, verdict, message, facts: { ...facts }, ...(dryRun && { dry_run: true as const }) };
}

function uncheckedOf(deployment: Deployment): string[] | undefined {
  const names = uncheckedIn(deployment);
  return names.length === 0 ? undefined : [...names];
}

export function viewInstance(instance: Instance): InstanceView {
  const { id, replicaSet, state, ready, address, pid, node, startedAt, unreadyBecause, notEnforced } = instance;
  return {
    id,
    release: (replicaSet.split('/')[2] ?? '').split('+')[0] ?? '',
    state,
    ready,
    address: address && `${address.host}:${address.port}`,
    pid,
    node,
    started_at: iso(startedAt),
    exit: exitView(instance),
    unready_because: ready ? undefined : unreadyBecause,
    not_enforced: notEnforced && [...notEnforced],
  };
}

function exitView({ exit }: Instance): string | undefined {
  if (!exit) return undefined;
  return exit.said === undefined ? endView(exit) : `${endView(exit)} (${exit.said})`;
}

function endView(exit: ExitReason): string {
  if (exit.because) return exit.because;
  if (exit.how) return exit.how;
  if (exit.outOfMemory) return 'out of memory';
  if (exit.requested) return 'stopped';
  return exit.signal ?? (exit.code === undefined ? 'unknown' : `code ${exit.code}`);
}

export function viewEnvironment(
  state: EnvironmentState,
  running: Deployment | undefined,
  last: Deployment | undefined,
  instances: readonly Instance[],
  drift: readonly Drift[],
): EnvironmentView {
  const names = new Set([...Object.keys(state.services), ...(running?.services.filter((one) => one.to).map((one) => one.service) ?? [])]);
  const services = [...names].flatMap((name) => {
    const rollout = running?.services.find((one) => one.service === name);
    const shown = state.services[name] ?? rollout?.to;
    return shown ? [viewService(state, name, shown, rollout !== undefined, instances)] : [];
  });
  const down = services.some((one) => one.state === 'down');
  const degraded = services.some((one) => one.state === 'degraded') || state.mixed !== undefined;
  return {
    ...state.scope,
    runtime: state.runtime,
    state: running ? 'rolling' : down ? 'down' : degraded ? 'degraded' : 'healthy',
    deployment: running && viewDeployment(running),
    last_deployment: last && viewDeployment(last),
    lock: state.lock && viewLock(state.lock),
    drift: drift.map(viewDrift),
    services,
  };
}

/** Nothing was seen of it: what is not known is neither up nor down. */
export function withSilence(view: EnvironmentView, unseen: string | undefined): EnvironmentView {
  if (unseen === undefined) return view;
  return { ...view, state: 'unknown', unseen, services: view.services.map((one) => ({ ...one, state: 'unknown' })) };
}

function viewService(
  state: EnvironmentState,
  name: string,
  target: ServiceTarget,
  rolling: boolean,
  instances: readonly Instance[],
): ServiceView {
  const prefix = replicaSetId(state.scope, `${name}@`);
  const mine = instances.filter((one) => one.replicaSet.startsWith(prefix));
  const current = mine.filter((one) => one.replicaSet === replicaSetId(state.scope, revisionOf(target)));
  const pause = state.pauses?.[name];
  const ready = current.filter((one) => one.ready && one.state === 'running').length;
  return {
    service: name,
    release: target.release,
    replicas: target.replicas,
    ready,
    state: rolling ? 'rolling' : endsByItself(target.spec) ? 'idle' : serviceState(target.replicas, ready),
    routes: target.spec.routes.map((route) => `${route.host}${route.path}`),
    pause: pause && viewPause(pause),
    unchecked: target.unchecked,
    restarts: current.filter((one) => one.exit && !one.exit.requested).length,
    kept: rolling ? undefined : keptView(state, name, mine),
    instances: mine.filter((one) => one.state !== 'exited').map(viewInstance),
  };
}

/** The record names it until the next deployment; what is gone by then is kept no more. */
function keptView({ scope, kept }: EnvironmentState, service: string, instances: readonly Instance[]): ServiceView['kept'] {
  const found = kept?.[service];
  const set = found && replicaSetId(scope, found.revision);
  const standing = instances.filter((one) => one.replicaSet === set && one.state !== 'exited').length;
  if (!found || standing === 0) return undefined;
  const { revision, until } = found;
  return { release: revision.split('+')[0] ?? '', instances: standing, until: until === undefined ? undefined : iso(until) };
}

function viewDrift({ kind, subject, service, message, foundAt, state, because, repairedAt }: Drift): EnvironmentView['drift'][number] {
  return {
    kind,
    subject,
    service,
    message,
    found_at: iso(foundAt),
    state,
    because,
    repaired_at: repairedAt === undefined ? undefined : iso(repairedAt),
  };
}

export function viewPause(pause: TrafficPause): z.infer<typeof pauseView> {
  return pause.kind === 'held' ? { kind: 'held', hold_ms: pause.hold } : pause;
}

/** Adds the last decisions to the services that they are about. */
export function withScaling(view: EnvironmentView, reports: readonly ScaleReport[]): EnvironmentView {
  const of = (service: string) => reports.find((one) => one.service === service);
  const services = view.services.map((one) => {
    const report = of(one.service);
    return report ? { ...one, scale: viewScale(report) } : one;
  });
  return { ...view, services };
}

export function viewScale({ readings, pause, at, ...rest }: ScaleReport): z.infer<typeof scaleView> {
  return { ...rest, readings: readings.map((one) => ({ ...one })), at: iso(at), ...(pause && { pause: viewScalePause(pause) }) };
}

export function viewScalePause(pause: ScalePause): z.infer<typeof scalePauseView> {
  return { ...pause, since: iso(pause.since) };
}

export function viewLock({ by, at, message }: ManualLock): z.infer<typeof lockView> {
  return { by, at: iso(at), message };
}

function serviceState(wanted: number, ready: number): ServiceView['state'] {
  if (wanted === 0) return 'scaled_to_zero';
  if (ready >= wanted) return 'healthy';
  return ready === 0 ? 'down' : 'degraded';
}

export function viewEvent(event: EngineEvent): EventView {
  return { ...event, at: iso(event.at), facts: event.facts && { ...event.facts } };
}
