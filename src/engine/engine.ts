// The engine as one thing: the loops, and the use cases that operations call.
import type { Duration } from '../base/units.ts';
import type { Scope } from '../model/instance.ts';
import { Deployments } from './deployments.ts';
import { Director } from './director.ts';
import { DriftBook } from './drift/book.ts';
import { Interventions } from './interventions.ts';
import { Jobs } from './jobs/jobs.ts';
import { Passes } from './passes.ts';
import { Planner } from './planning.ts';
import type { EnginePorts } from './ports.ts';
import { Queries } from './queries/queries.ts';

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
  readonly #passes: Passes;

  constructor(ports: EnginePorts, period: Duration = reconcilePeriod) {
    this.ports = ports;
    this.planner = new Planner(ports);
    this.director = new Director(ports);
    this.drift = new DriftBook(ports.clock);
    this.queries = new Queries(ports, this.director, this.drift);
    this.deployments = new Deployments(ports, (scope) => this.wake(scope));
    this.jobs = new Jobs({ ports, wake: (scope, at) => this.wake(scope, at) });
    const { director, jobs } = this;
    this.#passes = new Passes({ ports, director, jobs, period });
    this.interventions = new Interventions(ports, (scope, signal) => this.#passes.enforce(scope, signal));
  }

  /** Takes up every environment of the store. The first table is applied only when all of them have said what they route. */
  async start(signal: AbortSignal): Promise<void> {
    const scopes = await this.jobs.start();
    const environments = await this.ports.store.list('environment');
    for (const { value } of environments) {
      await this.deployments.takeUp(value);
      await this.#passes.contribute(value.scope, signal);
    }
    for (const scope of [...scopes, ...environments.map((one) => one.value.scope)]) this.wake(scope);
    this.#passes.tidy();
  }

  /** Stops the loops after the pass that is under way; everything deployed goes on. */
  async stop(): Promise<void> {
    await this.#passes.stop();
    this.jobs.stop();
  }

  wake(scope: Scope, at?: number): void {
    this.#passes.wake(scope, at);
  }
}
