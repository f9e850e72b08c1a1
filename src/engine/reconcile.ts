// One pass over one environment: observe, decide, store, then make it true.
import { CodeError, hasCode } from '../base/errors.ts';
import type { WantedSet } from '../decide/converge.ts';
import { keptEnds, parseRevision, routing, wantedSets } from '../decide/converge.ts';
import { decideRollout, isJudged } from '../decide/rollout/decide.ts';
import { settle } from '../decide/settle.ts';
import type { Deployment, EnvironmentState } from '../model/deployment.ts';
import type { Instance, Scope } from '../model/instance.ts';
import { replicaSetId, scopeKey } from '../model/instance.ts';
import type { Release } from '../model/release.ts';
import type { TrafficObservation } from '../model/route.ts';
import type { Task } from '../model/task.ts';
import type { Runtime, TrafficView } from '../ports/runtime.ts';
import type { Change, Stored } from '../ports/store.ts';
import { evidenceOf } from './analysis/evidence.ts';
import { Sampler } from './analysis/samples.ts';
import type { Director } from './director.ts';
import { incidentAfter } from './incidents/after.ts';
import { deploymentKey, releaseKey } from './keys.ts';
import { eventsOf } from './narrate.ts';
import type { EnginePorts } from './ports.ts';

/** While something drains, the gateway is asked whether its last request has ended: soon at first, then at a tenth of the time waited so far. */
const drainPoll = { first: 50, last: 1_000 };
/** Drain and stop time of instances whose release is no longer known. */
const orphanGrace = 10_000;
const releasesKept = 1_000;

export interface ReconcileOptions {
  readonly ports: EnginePorts;
  readonly director: Director;
  readonly wake: (scope: Scope, at?: number) => void;
  /** What is known of a scope's tasks: evidence for the deployment that waits for them. */
  readonly tasks?: (scope: Scope) => readonly Task[];
  /** Called after a deployment's end was stored. */
  readonly ended: (deployment: Deployment) => void;
}

interface World {
  readonly state: Stored<EnvironmentState>;
  readonly running: Stored<Deployment> | undefined;
}

export class Reconciler {
  readonly #options: ReconcileOptions;
  readonly #sampler: Sampler;
  readonly #releases = new Map<string, Release>();

  constructor(options: ReconcileOptions) {
    this.#options = options;
    const { ports, wake } = options;
    this.#sampler = new Sampler({ metrics: ports.metrics, clock: ports.clock, came: ({ scope }) => wake(scope) });
  }

  /** Gives up what is asked of other systems. */
  stop(): void {
    this.#sampler.stop();
  }

  async pass(scope: Scope, signal: AbortSignal): Promise<void> {
    const before = await this.#load(scope);
    if (!before) return;
    const runtime = this.#runtime(before.state.value.runtime);
    const instances = await runtime.observe(scope, signal);
    const world = await this.#decide(before, instances, runtime, signal);
    await this.#makeTrue(world, instances, runtime, signal);
  }

  /** Tells the director what a scope routes, without changing anything: done for all scopes before the first table is applied after a start. */
  async contribute(scope: Scope, signal: AbortSignal): Promise<void> {
    const before = await this.#load(scope);
    if (!before) return;
    const instances = await this.#runtime(before.state.value.runtime).observe(scope, signal);
    // A pass may have gone on meanwhile: what it decided must not be taken back.
    const world = await this.#load(scope);
    if (!world) return;
    this.#options.director.contribute(scopeKey(scope), routing(world.state.value, world.running?.value, instances));
  }

  async #load(scope: Scope): Promise<World | undefined> {
    const { store } = this.#options.ports;
    const state = await store.get('environment', scopeKey(scope));
    if (!state) return undefined;
    const number = state.value.deployment;
    const running = number === undefined ? undefined : await store.get('deployment', deploymentKey(scope, number));
    return { state, running };
  }

  /** Asks the rules for the next step and stores it with its events; the caller acts only on what was stored. */
  async #decide(world: World, instances: readonly Instance[], runtime: Runtime, signal: AbortSignal): Promise<World> {
    const { running, state } = world;
    if (!running) return world;
    const { ports, wake, ended, tasks } = this.#options;
    const traffic = isJudged(running.value) ? await this.#counted(signal) : undefined;
    const samples = this.#sampler.of(running.value);
    const decision = decideRollout(running.value, { instances, traffic, samples, tasks: tasks?.(running.value.scope) }, ports.clock.now());
    const scope = state.value.scope;
    if (decision.wakeAt !== undefined) wake(scope, decision.wakeAt);
    if (decision.deployment === running.value) return world;

    const lastLog = decision.culprit === undefined ? undefined : await lastLines(runtime, decision.culprit, signal);
    const deployment: Deployment = lastLog ? { ...decision.deployment, lastLog } : decision.deployment;
    const changes: Change[] = [
      { op: 'put', kind: 'deployment', key: running.key, value: deployment, expect: running.version },
      ...evidenceOf(running.value, deployment, samples),
      ...eventsOf(running.value, deployment, instances, ports.clock.now()).map((event): Change => ({ op: 'append', event })),
      ...(await incidentAfter(ports.store, deployment)),
    ];
    const settled = deployment.outcome ? settle(state.value, deployment) : undefined;
    if (settled) changes.push({ op: 'put', kind: 'environment', key: state.key, value: settled, expect: state.version });
    await ports.store.commit(changes, ports.fence());
    wake(scope);
    if (settled) {
      ended(deployment);
      return { state: { ...state, value: settled, version: state.version + 1 }, running: undefined };
    }
    return { state, running: { ...running, value: deployment, version: running.version + 1 } };
  }

  /** A gateway that does not answer has counted nothing that could be judged. */
  async #counted(signal: AbortSignal): Promise<TrafficObservation | undefined> {
    try {
      return await this.#options.director.observe(signal);
    } catch (thrown) {
      if (!hasCode(thrown, 'gateway_unavailable')) throw thrown;
      return undefined;
    }
  }

  async #makeTrue({ state, running }: World, instances: readonly Instance[], runtime: Runtime, signal: AbortSignal): Promise<void> {
    const { director, wake, ports } = this.#options;
    const scope = state.value.scope;
    director.contribute(scopeKey(scope), routing(state.value, running?.value, instances));
    const draining = instances.filter((one) => one.state === 'draining');
    const now = ports.clock.now();
    if (draining.length > 0) wake(scope, now + pollAfter(draining, now));
    const { view, problem } = await this.#traffic(draining, signal);

    const sets = wantedSets(state.value, running?.value, now);
    const [nextEnd] = keptEnds(state.value, now);
    if (nextEnd !== undefined) wake(scope, nextEnd);
    for (const set of sets) await runtime.apply(await this.#replicaSet(scope, set), view, signal);
    const wanted = new Set(sets.map((one) => replicaSetId(scope, one.revision)));
    const orphans = new Set(instances.map((one) => one.replicaSet).filter((one) => !wanted.has(one)));
    for (const orphan of orphans) await this.#dismiss(scope, orphan, runtime, view, signal);
    if (problem) throw problem;
  }

  /** Without the gateway instances are still started and replaced, so that they are ready when it is back; the pass fails all the same. */
  async #traffic(
    draining: readonly Instance[],
    signal: AbortSignal,
  ): Promise<{ readonly view: TrafficView; readonly problem?: CodeError }> {
    const { director } = this.#options;
    try {
      await director.enforce(signal);
      return { view: await director.view(draining.length > 0, signal) };
    } catch (thrown) {
      if (!hasCode(thrown, 'gateway_unavailable')) throw thrown;
      return { view: director.blindView(draining.map((one) => one.id)), problem: thrown };
    }
  }

  /** Sets that nobody wants any more leave as politely as any other, as long as it is known how. */
  async #dismiss(scope: Scope, orphan: string, runtime: Runtime, view: TrafficView, signal: AbortSignal): Promise<void> {
    const { release: id, generation } = parseRevision(orphan.slice(scopeKey(scope).length + 1));
    const release = await this.#release(scope, id);
    if (release) await runtime.apply({ id: orphan, scope, release, replicas: 0, generation }, view, signal);
    else await runtime.remove(scope, orphan, orphanGrace, view, signal);
  }

  async #replicaSet(scope: Scope, set: WantedSet) {
    const release = await this.#release(scope, set.release);
    if (!release)
      throw new CodeError('release_unknown', `Release ${set.release} of ${scopeKey(scope)} is not in the store.`, {
        hint: 'Deploy again.',
      });
    const { replicas, generation, unchecked, held, restart } = set;
    const plain = { id: replicaSetId(scope, set.revision), scope, release, replicas, generation };
    if (!unchecked && !held && !restart) return plain;
    return { ...plain, ...(unchecked && { unchecked }), ...(held && { held }), ...(restart && { restart }) };
  }

  /** Each pass names every set's release again; being immutable, one reading of it is enough. */
  async #release(scope: Scope, id: string): Promise<Release | undefined> {
    const key = releaseKey(scope.application, id);
    const known = this.#releases.get(key);
    if (known) return known;
    const stored = await this.#options.ports.store.get('release', key);
    if (!stored) return undefined;
    if (this.#releases.size >= releasesKept) this.#releases.clear();
    this.#releases.set(key, stored.value);
    return stored.value;
  }

  #runtime(name: string): Runtime {
    const runtime = this.#options.ports.runtimes.get(name);
    if (!runtime)
      throw new CodeError('runtime_unavailable', `This engine has no runtime called ${name}.`, {
        hint: 'Run "codectl doctor" to see which runtimes it has.',
      });
    return runtime;
  }
}

/** Counts from the instance that was chosen to stop last. */
function pollAfter(draining: readonly Instance[], now: number): number {
  const waited = now - Math.max(...draining.map((one) => one.drainingAt ?? now));
  return Math.min(drainPoll.last, Math.max(drainPoll.first, waited / 10));
}

async function lastLines(runtime: Runtime, instance: string, signal: AbortSignal): Promise<readonly string[]> {
  if (!runtime.logs) return [];
  const lines: string[] = [];
  for await (const line of runtime.logs(instance, { tail: 20, follow: false }, signal)) lines.push(line.text);
  return lines.slice(-20);
}
