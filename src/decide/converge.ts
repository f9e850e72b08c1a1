// From the stored record to what the executor makes true: which replica sets of which size, and which instances each route may reach.
import type { Deployment, EnvironmentState, ServiceRollout, ServiceTarget, Sizes } from '../model/deployment.ts';
import { revisionOf } from '../model/deployment.ts';
import type { Instance, Scope } from '../model/instance.ts';
import { replicaSetId, serviceKey } from '../model/instance.ts';
import type { Route, RoutedService, Upstream, WeightedRelease } from '../model/route.ts';
import type { RestartSpec } from '../model/service.ts';
import { defaultTrafficPolicy } from '../model/traffic.ts';
import { baselineOf } from './rollout/course.ts';
import { previewOf, steering } from './rollout/steer.ts';
import { currentSizes } from './start.ts';

/** One replica set that is meant to exist; size 0 means: drain it, then forget it. */
export interface WantedSet {
  readonly service: string;
  readonly revision: string;
  readonly release: string;
  readonly generation: number;
  readonly replicas: number;
  readonly unchecked?: true;
  /** Whoever holds a deployment stops its deadlines, and those of its new instances with them. */
  readonly held?: true;
  readonly restart?: RestartSpec;
}

/** Every set of an environment, those of services on their way out too. What is kept for a look goes when a deployment begins, or its time is over. */
export function wantedSets(state: EnvironmentState, running: Deployment | undefined, now: number): readonly WantedSet[] {
  const kept = running ? [] : Object.entries(state.kept ?? {}).filter(([, { until = Number.POSITIVE_INFINITY }]) => now < until);
  const sets = kept.map(([service, { revision, replicas }]) => ({ service, revision, ...parseRevision(revision), replicas }));
  return [...setsInForce(state, running), ...sets];
}

/** When the time of what is kept is over, soonest first. */
export function keptEnds({ kept = {} }: EnvironmentState, now: number): readonly number[] {
  return Object.values(kept)
    .flatMap(({ until }) => (until !== undefined && until > now ? [until] : []))
    .sort((a, b) => a - b);
}

function setsInForce(state: EnvironmentState, running: Deployment | undefined): readonly WantedSet[] {
  const names = new Set([
    ...Object.keys(state.services),
    ...(running?.services.map((one) => one.service) ?? []),
    ...Object.keys(state.mixed ?? {}),
  ]);
  return [...names].flatMap((service) => {
    const sizes = currentSizes(service, state, running);
    const rollout = running?.services.find((one) => one.service === service);
    const goal = running?.direction === 'reverting' ? rollout?.from : rollout?.to;
    const targets = [rollout?.to, rollout?.from, state.services[service]].filter((one) => one !== undefined);
    return Object.entries(sizes).map(([revision, replicas]) => {
      const target = targets.find((one) => revisionOf(one) === revision);
      const isGoal = goal !== undefined && revision === revisionOf(goal);
      const restart = restartOf(target, isGoal);
      const held = isGoal && running?.held !== undefined;
      const { release, generation } = parseRevision(revision);
      const plain = { service, revision, release, generation, replicas };
      if (!target?.unchecked && !held && !restart) return plain;
      return { ...plain, ...(target?.unchecked && { unchecked: true as const }), ...(held && { held }), ...(restart && { restart }) };
    });
  });
}

/** What a deployment makes for gets every place filled, for it says itself when failures are too many: of its policy only the pace holds meanwhile. */
function restartOf(target: ServiceTarget | undefined, isGoal: boolean): RestartSpec | undefined {
  const restart = target?.spec.restart;
  if (!restart || !isGoal) return restart;
  return { delay: restart.delay, maxDelay: restart.maxDelay };
}

/** The inverse of `revisionOf`. */
export function parseRevision(revision: string): { readonly release: string; readonly generation: number } {
  // As nearly all are: nothing was restarted.
  if (!revision.includes('+')) return { release: revision, generation: 0 };
  const [release = revision, generation] = revision.split('+');
  return { release, generation: generation === undefined ? 0 : Number(generation) };
}

/** A scope's part of the route table. */
export interface Routing {
  readonly routes: readonly Route[];
  readonly services: readonly RoutedService[];
}

/** Only instances that are ready, running and not on their way out are reachable. */
export function routing(state: EnvironmentState, running: Deployment | undefined, instances: readonly Instance[]): Routing {
  const upstreams = upstreamsBySet(instances);
  const names = new Set([...Object.keys(state.services), ...(running?.services.map((one) => one.service) ?? [])]);
  const routes: Route[] = [];
  const services: RoutedService[] = [];
  for (const service of names) {
    const target = routedTarget(service, state, running);
    if (!target || target.spec.port === undefined) continue;
    const key = serviceKey(state.scope, service);
    routes.push(...target.spec.routes.map((route) => ({ ...route, service: key })));
    const rollout = running?.services.find((one) => one.service === service);
    const releases = weigh(state.scope, currentSizes(service, state, running), upstreams, rollout);
    const policy = policyOf(target);
    services.push({ key, releases, policy, pause: state.pauses?.[service], ...(rollout && steering(rollout, running)) });
    const preview = rollout && previewOf(rollout, running);
    if (!preview) continue;
    const beside = `${key}/preview`;
    routes.push({ host: preview.host, path: preview.path, service: beside });
    services.push({ key: beside, releases: releases.filter((one) => one.release === preview.release).map(withAll), policy });
  }
  return { routes, services };
}

function policyOf({ spec }: ServiceTarget): RoutedService['policy'] {
  const policy = { ...(spec.traffic ?? defaultTrafficPolicy), drain: spec.stop.drain };
  return spec.scale?.min === 0 ? { ...policy, wake: policy.wake ?? { hold: spec.probe.deadline, most: mostWaiting } } : policy;
}

/** Requests that wait for the first instance of a service that was let go; more are told at once that there is none. */
const mostWaiting = 1_000;

function withAll(release: WeightedRelease): WeightedRelease {
  return { ...release, weight: 1 };
}

/**
 * Whose routes are in force. A new service gets its routes when all its instances are ready, and loses them when its deployment turns round;
 * a live service keeps its own until the new release is in place.
 */
function routedTarget(service: string, state: EnvironmentState, running: Deployment | undefined): ServiceTarget | undefined {
  const live = state.services[service];
  const rollout = running?.services.find((one) => one.service === service);
  if (!rollout || running?.direction === 'reverting') return live;
  if (!rollout.to && rollout.stage !== 'waiting') return undefined;
  const arrived = rollout.stage === 'baking' || rollout.stage === 'settled';
  return arrived ? rollout.to : live;
}

function upstreamsBySet(instances: readonly Instance[]): ReadonlyMap<string, readonly Upstream[]> {
  const bySet = new Map<string, Upstream[]>();
  for (const one of instances) {
    if (!one.ready || one.state !== 'running' || one.dead === true || !one.address) continue;
    const list = bySet.get(one.replicaSet) ?? [];
    list.push({ instance: one.id, ...one.address });
    bySet.set(one.replicaSet, list);
  }
  return bySet;
}

/**
 * Revisions of one release (a restart) share its line, but for those that another release is compared with: these are counted by themselves, under
 * the revision's name. Without decided weights a release has as many parts as instances.
 */
function weigh(
  scope: Scope,
  sizes: Sizes,
  upstreams: ReadonlyMap<string, readonly Upstream[]>,
  rollout: ServiceRollout | undefined,
): readonly WeightedRelease[] {
  const weights = rollout?.weights;
  const baseline = rollout && baselineOf(rollout);
  const byRelease = new Map<string, Upstream[]>();
  const decided = new Map<string, number>();
  for (const revision of Object.keys(sizes)) {
    const release = revision === baseline ? revision : parseRevision(revision).release;
    const found = upstreams.get(replicaSetId(scope, revision)) ?? [];
    byRelease.set(release, [...(byRelease.get(release) ?? []), ...found]);
    decided.set(release, (decided.get(release) ?? 0) + (weights?.[revision] ?? 0));
  }
  return [...byRelease].map(([release, list]) => ({
    release,
    weight: weights ? (decided.get(release) ?? 0) : list.length,
    upstreams: list.toSorted((a, b) => (a.instance < b.instance ? -1 : 1)),
  }));
}
