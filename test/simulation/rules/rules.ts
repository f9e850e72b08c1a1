// What must hold at every moment of a simulated history; each rule answers with one sentence when it does not.
import { Census } from '../../../src/decide/census.ts';
import { endsByItself } from '../../../src/model/completion.ts';
import type { Deployment, EnvironmentState, ServiceTarget } from '../../../src/model/deployment.ts';
import { revisionOf } from '../../../src/model/deployment.ts';
import { replicaSetId, serviceKey } from '../../../src/model/instance.ts';
import type { RouteTable } from '../../../src/model/route.ts';
import { scope } from '../../kit/specs.ts';
import type { Truth } from '../world/population.ts';

export function routedIn(table: RouteTable | undefined): readonly string[] {
  return table?.services.flatMap((service) => service.releases.flatMap((release) => release.upstreams.map((one) => one.instance))) ?? [];
}

/** Without those that have no share of the traffic: whoever takes them out takes nothing from anybody. */
function serving(service: RouteTable['services'][number]): RouteTable['services'][number] {
  return { ...service, releases: service.releases.filter((one) => one.weight > 0) };
}

/** No request is routed to an instance that was never ready, or that was told to stop. */
export function badUpstream(table: RouteTable, truthOf: (instance: string) => Truth | undefined): string | undefined {
  for (const id of routedIn(table)) {
    const truth = truthOf(id);
    if (!truth) return `${id} is routed to but does not exist`;
    if (!truth.wasFit) return `${id} is routed to and has never been ready`;
    if (truth.stopped) return `${id} is routed to after it was told to stop`;
  }
  return undefined;
}

/** An instance is told to stop only when nothing is routed to it, and not while it serves unless its drain time is over. */
export function badStop(
  truth: Truth,
  table: RouteTable | undefined,
  drainingSince: number | undefined,
  drain: number,
  now: number,
): string | undefined {
  if (!truth.alive) return undefined;
  if (routedIn(table).includes(truth.id) && !(drainingSince !== undefined && now >= drainingSince + drain))
    return `${truth.id} is told to stop while it is in the route table`;
  if (truth.inFlight > 0 && !(drainingSince !== undefined && now >= drainingSince + drain))
    return `${truth.id} is told to stop with ${truth.inFlight} requests in flight`;
  return undefined;
}

export interface FloorFacts {
  readonly state: EnvironmentState | undefined;
  readonly running: Deployment | undefined;
  readonly truth: (instance: string) => Truth | undefined;
  /** Deployments that were superseded of late, or after they had decided who of the service is leaving now, or its shares. */
  readonly superseded: (service: string) => readonly Deployment[];
  /** The fewest instances that were wanted since somebody decided who is leaving now. */
  readonly lowest: (service: string) => number | undefined;
  /** Instances of the service that died by themselves within the time that noticing takes. */
  readonly recentDeaths: (service: string) => number;
}

/** Taking an instance out never brings a live service under the floor that its strategy promises. `table` is the one that takes it out. */
export function underFloor(before: RouteTable | undefined, table: RouteTable, facts: FloorFacts): string | undefined {
  const { state, running, truth } = facts;
  if (!state) return undefined;
  for (const [service, target] of Object.entries(state.services)) {
    const rollout = running?.services.find((one) => one.service === service);
    if (rollout && !rollout.to) continue;
    const allowed = [running, ...facts.superseded(service)].flatMap(
      (one) => one?.services.filter((candidate) => candidate.service === service) ?? [],
    );
    const wanted = Math.min(facts.lowest(service) ?? target.replicas, ...allowed.map((one) => one.to?.replicas ?? 0));
    const unavailable = target.spec.strategy.kind === 'rolling' ? target.spec.strategy.unavailable : 0;
    const key = serviceKey(scope, service);
    const count = (one: RouteTable | undefined) =>
      routedIn(one && { ...one, services: one.services.filter((candidate) => candidate.key === key).map(serving) });
    const fit = (ids: readonly string[]) => ids.filter((id) => truth(id)?.fit === true).length;
    const floor = wanted - unavailable - facts.recentDeaths(service);
    const now = fit(count(table));
    if (now < floor && now < fit(count(before))) return `${service} is brought down to ${now} fit instances, under its floor of ${floor}`;
  }
  return undefined;
}

/** At most one deployment of an environment runs, and an ended one never changes again. */
export function badDeployments(deployments: readonly Deployment[], ended: Map<string, string>): string | undefined {
  const running = deployments.filter((one) => one.outcome === undefined);
  if (running.length > 1) return `${running.map((one) => one.id).join(' and ')} run at the same time`;
  for (const one of deployments) {
    if (!one.outcome) continue;
    const before = ended.get(one.id);
    if (before !== undefined && before !== one.outcome) return `${one.id} ended as ${before} and then as ${one.outcome}`;
    ended.set(one.id, one.outcome);
    if (one.kind === 'rollback' && one.outcome === 'rolled_back') return `${one.id} is a rollback and was rolled back`;
  }
  return undefined;
}

/**
 * What is started was written down before: in the record, in the deployment that runs, or in one that ended only now. `wanted` is the size that the
 * record had of late: whoever starts now may have read it before a scaler let the service go.
 */
export function badStart(
  revision: string,
  state: EnvironmentState | undefined,
  deployments: readonly Deployment[],
  wanted: number,
): string | undefined {
  const inRecord = wanted > 0 && Object.values(state?.services ?? {}).some((one) => revisionOf(one) === revision);
  const inMixed = Object.values(state?.mixed ?? {}).some((sizes) => (sizes[revision] ?? 0) > 0);
  const inDeployment = deployments.some((one) => one.services.some(({ sizes }) => (sizes[revision] ?? 0) > 0));
  return inRecord || inMixed || inDeployment ? undefined : `an instance of ${revision} is started, which no stored decision asks for`;
}

/** A rollback turns round only when somebody says so, or when what was live before it is still whole. */
export function badTurn(
  before: Deployment | undefined,
  after: Deployment,
  standing: (replicaSet: string) => number,
  recentDeaths: (service: string) => number,
): string | undefined {
  if (after.kind !== 'rollback' || after.abortRequested || after.direction === 'forward' || before?.direction !== 'forward')
    return undefined;
  const broken = after.services.find(
    ({ service, from }) => !from || standing(replicaSetId(scope, revisionOf(from))) + recentDeaths(service) < from.replicas,
  );
  return broken && `${after.id} is a rollback and turned round though ${broken.service} was no longer whole`;
}

/** What a rollback can go back to: the newest success comes first, unless it left nothing behind. */
export function badHistory(state: EnvironmentState | undefined, deployments: readonly Deployment[]): string | undefined {
  const newest = deployments.at(-1);
  if (newest?.outcome !== 'succeeded' || Object.keys(state?.services ?? {}).length === 0) return undefined;
  const first = state?.history[0]?.number;
  return newest.number === first ? undefined : `the history begins with deployment ${first}, though ${newest.number} has just succeeded`;
}

/** A deployment that succeeded has shown each new release: somebody of it was ready while it was under way, however few are wanted. */
export function badSuccess(
  { id, outcome, services, startedAt }: Deployment,
  wasReady: (target: ServiceTarget, since: number) => boolean,
): string | undefined {
  if (outcome !== 'succeeded') return undefined;
  const fresh = services.flatMap(({ to, from }) => (to && to.release !== from?.release && !endsByItself(to.spec) ? [to] : []));
  const unseen = fresh.find((one) => !wasReady(one, startedAt));
  return unseen && `${id} has succeeded, and nobody of ${unseen.release} was ready`;
}

/** Restarts are paced: a set that cannot come up is not started over and over. */
export class Starts {
  readonly #times = new Map<string, readonly number[]>();

  tooMany(replicaSet: string, now: number): string | undefined {
    const recent = [...(this.#times.get(replicaSet) ?? []).filter((at) => at > now - startWindow), now];
    this.#times.set(replicaSet, recent);
    return recent.length > startsAllowed ? `${replicaSet} was started ${recent.length} times within ${startWindow / 1000} s` : undefined;
  }
}

const startWindow = 10_000;
/** Five instances, each of the six attempts that the backoff allows in that time, and what people kill. */
const startsAllowed = 45;

/** The longest backoff, and the time that noticing takes. */
const longestPause = 65_000;

/** In the end: what runs is what is wanted, nothing else, and only one release of each service is reachable. */
export function badEnd(
  state: EnvironmentState | undefined,
  instances: Parameters<typeof censusOf>[0],
  alive: readonly Truth[],
  table: RouteTable | undefined,
  now: number,
): string | undefined {
  if (state?.mixed) return undefined; // a person must look; nothing is promised until then
  const wanted = new Map(Object.values(state?.services ?? {}).map((target) => [revisionOf(target), target.replicas]));
  const census = censusOf(instances);
  let total = 0;
  for (const [revision, replicas] of wanted) {
    const { live, crashes } = census.of(revision);
    total += live;
    // What ends again and again by itself is started again, but at a pace.
    const pausing = crashes.some((one) => (one.exit?.at ?? 0) >= now - longestPause);
    if (live > replicas || (live < replicas && !pausing)) return `${revision} has ${live} instances instead of ${replicas}`;
  }
  if (alive.length !== total) return `${alive.length} instances are alive instead of ${total}: ${alive.map((one) => one.id).join(', ')}`;
  return badReach(state, alive, table);
}

/** Everything alive is routed to, nothing else is, and one release of each service at most. */
function badReach(state: EnvironmentState | undefined, alive: readonly Truth[], table: RouteTable | undefined): string | undefined {
  const routed = new Set(routedIn(table));
  const unreachable = alive.find((one) => state?.services[one.service]?.spec.port !== undefined && !routed.has(one.id));
  if (unreachable) return `${unreachable.id} is alive and not routed to`;
  const dead = [...routed].find((id) => !alive.some((one) => one.id === id));
  if (dead !== undefined) return `${dead} is routed to and not alive`;
  const double = table?.services.find((service) => service.releases.filter((one) => one.upstreams.length > 0).length > 1);
  return double && `${double.key} is served by two releases after everything has ended`;
}

function censusOf(instances: ConstructorParameters<typeof Census>[1]): Census {
  return new Census(scope, instances);
}
