// The engine as one thing: the loops, and the use cases that operations call.
import type { Duration } from '../base/units.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';
import { Deployments } from './deployments.ts';
import { Director } from './director.ts';
import { DriftBook } from './drift/book.ts';
import { Interventions } from './interventions.ts';
import { Jobs } from './jobs/jobs.ts';
import { Loop } from './loop.ts';
import { Planner } from './planning.ts';
import type { EnginePorts } from './ports.ts';
import { pruneQuietly } from './prune.ts';
import { Queries } from './queries/queries.ts';
import { Reconciler } from './reconcile.ts';

/** Without any news every environment is looked at again after this time, in milliseconds: the bound on unseen drift. */
export const reconcilePeriod = 1_000;

export class Engine {
  readonly ports: EnginePorts;
  readonly planner: Planner;
  readonly deployments: Deployments;
  readonly interventions: Interventions;
  readonly queries: Queries;
  readonly jobs: Jobs;
  readonly director: Director;
  readonly drift: DriftBook;
  readonly #loop: Loop;
  readonly #reconciler: Reconciler;
  /** The passes under way, by scope. */
  readonly #passes = new Map<string, Promise<void>>();

  constructor(ports: EnginePorts, period: Duration = reconcilePeriod) {
    this.ports = ports;
    this.planner = new Planner(ports);
    this.director = new Director(ports.traffic);
    this.drift = new DriftBook(ports.clock);
    this.queries = new Queries(ports, this.director, this.drift);
    this.#reconciler = new Reconciler({
      ports,
      director: this.director,
      wake: (scope, at) => this.wake(scope, at),
      tasks: (scope) => this.jobs.tasks.of(scope),
      ended: () => void pruneQuietly(ports),
    });
    this.#loop = new Loop((scope, signal) => this.#pass(scope, signal), ports.clock, ports.log, period);
    this.deployments = new Deployments(ports, (scope) => this.wake(scope));
    this.jobs = new Jobs({ ports, wake: (scope, at) => this.wake(scope, at) });
    this.interventions = new Interventions(ports, (scope, signal) => this.#enforce(scope, signal));
  }

  /** Takes up every environment of the store. The first table is applied only when all of them have said what they route. */
  async start(signal: AbortSignal): Promise<void> {
    const scopes = await this.jobs.start();
    const environments = await this.ports.store.list('environment');
    for (const { value } of environments) {
      await this.deployments.takeUp(value);
      await this.#reconciler.contribute(value.scope, signal);
    }
    for (const scope of [...scopes, ...environments.map((one) => one.value.scope)]) this.wake(scope);
    void pruneQuietly(this.ports);
  }

  /** Stops the loops after the pass that is under way; everything deployed goes on. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    this.jobs.stop();
  }

  wake(scope: Scope, at?: number): void {
    this.#loop.wake(scope, at);
  }

  async #pass(scope: Scope, signal: AbortSignal): Promise<void> {
    // Tasks first: what became of them is evidence for the deployment that waits for them.
    const pass = this.jobs.pass(scope, signal).then(() => this.#reconciler.pass(scope, signal));
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
}
