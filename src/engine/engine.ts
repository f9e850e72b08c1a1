// The engine as one thing: the loops, and the use cases that operations call.
import { asCodeError } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import type { EngineEvent } from '../model/event.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';
import type { RouteTable, TrafficObservation } from '../model/route.ts';
import type { ExecOutput, LogLine } from '../ports/instances.ts';
import { Deployments } from './deployments.ts';
import { Director } from './director.ts';
import { Interventions } from './interventions.ts';
import { Loop } from './loop.ts';
import { Planner } from './planning.ts';
import type { EnginePorts } from './ports.ts';
import { prune } from './prune.ts';
import { followEvents } from './queries/events.ts';
import type { ExecRequest, LogQuery } from './queries/output.ts';
import { execInstance, followLogs } from './queries/output.ts';
import type { Survey } from './queries/survey.ts';
import { survey } from './queries/survey.ts';
import { Reconciler } from './reconcile.ts';

/** Without any news every environment is looked at again after this time, in milliseconds: the bound on unseen drift. */
export const reconcilePeriod = 1_000;

export class Engine {
  readonly ports: EnginePorts;
  readonly planner: Planner;
  readonly deployments: Deployments;
  readonly interventions: Interventions;
  readonly director: Director;
  readonly #loop: Loop;
  readonly #reconciler: Reconciler;
  /** The passes under way, by scope. */
  readonly #passes = new Map<string, Promise<void>>();

  constructor(ports: EnginePorts, period: Duration = reconcilePeriod) {
    this.ports = ports;
    this.planner = new Planner(ports);
    this.director = new Director(ports.traffic);
    this.#reconciler = new Reconciler({
      ports,
      director: this.director,
      wake: (scope, at) => this.wake(scope, at),
      ended: () => void this.#pruneQuietly(),
    });
    this.#loop = new Loop((scope, signal) => this.#pass(scope, signal), ports.clock, ports.log, period);
    this.deployments = new Deployments(ports, (scope) => this.wake(scope));
    this.interventions = new Interventions(ports, (scope, signal) => this.#enforce(scope, signal));
  }

  /** Takes up every environment of the store. The first table is applied only when all of them have said what they route. */
  async start(signal: AbortSignal): Promise<void> {
    const environments = await this.ports.store.list('environment');
    for (const { value } of environments) await this.#reconciler.contribute(value.scope, signal);
    for (const { value } of environments) this.wake(value.scope);
    void this.#pruneQuietly();
  }

  /** Stops the loops after the pass that is under way; everything deployed goes on. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Events after a number (-1: only new ones), then, when following, each as it is stored. */
  events(after: number, follow: boolean, signal: AbortSignal): AsyncIterable<EngineEvent> {
    return followEvents(this.ports.store, after, follow, signal);
  }

  /** What is meant to be and what is, for every environment that fits. */
  async survey(filter: Partial<Scope>, signal: AbortSignal): Promise<readonly Survey[]> {
    return survey(this.ports, filter, signal);
  }

  logs(scope: Scope, which: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> {
    return followLogs(this.ports, scope, which, signal);
  }

  exec(scope: Scope, request: ExecRequest, signal: AbortSignal): AsyncIterable<ExecOutput> {
    return execInstance(this.ports, scope, request, signal);
  }

  async traffic(signal: AbortSignal): Promise<{ readonly table: RouteTable; readonly observation: TrafficObservation }> {
    return { table: this.director.table(), observation: await this.director.observe(signal) };
  }

  wake(scope: Scope, at?: number): void {
    this.#loop.wake(scope, at);
  }

  /** The gateway was restarted, or may have been told something else. */
  async recheckTraffic(signal: AbortSignal): Promise<void> {
    if (!(await this.director.recheck(signal))) return;
    const event = {
      at: this.ports.clock.now(),
      kind: 'drift.repaired' as const,
      message: 'the gateway had another route table; ours is in force again',
    };
    await this.ports.store.commit([{ op: 'append', event }], this.ports.fence());
  }

  async #pass(scope: Scope, signal: AbortSignal): Promise<void> {
    const pass = this.#reconciler.pass(scope, signal);
    this.#passes.set(scopeKey(scope), pass);
    try {
      await pass;
    } finally {
      this.#passes.delete(scopeKey(scope));
    }
  }

  /** Puts in force at once what a scope routes now – and again after a pass that may have read the record before it was changed. */
  async #enforce(scope: Scope, signal: AbortSignal): Promise<void> {
    const under = this.#passes.get(scopeKey(scope));
    await this.#route(scope, signal);
    if (!under) return;
    await under.catch(() => undefined);
    await this.#route(scope, signal);
  }

  async #route(scope: Scope, signal: AbortSignal): Promise<void> {
    await this.#reconciler.contribute(scope, signal);
    await this.director.enforce(signal);
  }

  async #pruneQuietly(): Promise<void> {
    try {
      const freed = await prune(this.ports);
      if (freed.trees > 0) this.ports.log.info(freed, 'removed snapshots that nothing refers to any more');
    } catch (thrown) {
      this.ports.log.warn({ error: asCodeError(thrown).message }, 'could not remove unused snapshots');
    }
  }
}
