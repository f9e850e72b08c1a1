// One pass at a time over each environment: tasks first, then what is meant to run; and putting routes in force in between.
import type { Duration } from '../base/units.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';
import type { Director } from './director.ts';
import type { Jobs } from './jobs/jobs.ts';
import { Loop } from './loop.ts';
import type { EnginePorts } from './ports.ts';
import { pruneQuietly } from './prune.ts';
import { Reconciler } from './reconcile.ts';

export interface PassOptions {
  readonly ports: EnginePorts;
  readonly director: Director;
  readonly jobs: Jobs;
  readonly period: Duration;
}

export class Passes {
  readonly #options: PassOptions;
  readonly #loop: Loop;
  readonly #reconciler: Reconciler;
  /** Under way, by scope. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: PassOptions) {
    const { ports, director, jobs, period } = options;
    this.#options = options;
    const wake = (scope: Scope, at?: number) => this.wake(scope, at);
    this.#reconciler = new Reconciler({ ports, director, wake, ended: () => this.tidy(), tasks: (scope) => jobs.tasks.of(scope) });
    this.#loop = new Loop((scope, signal) => this.#pass(scope, signal), ports.clock, ports.log, period);
  }

  wake(scope: Scope, at?: number): void {
    this.#loop.wake(scope, at);
  }

  /** Removes what nothing refers to any more, beside the passes. */
  tidy(): void {
    void pruneQuietly(this.#options.ports);
  }

  /** Stops after the passes that are under way. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    this.#reconciler.stop();
  }

  /** Says what a scope routes, without changing anything. */
  contribute(scope: Scope, signal: AbortSignal): Promise<void> {
    return this.#reconciler.contribute(scope, signal);
  }

  /** Puts in force at once what a scope routes now – and again after a pass that may have read the record before it was changed. */
  async enforce(scope: Scope, signal: AbortSignal): Promise<void> {
    const under = this.#running.get(scopeKey(scope));
    await this.#route(scope, signal);
    if (!under) return;
    await under.catch(() => undefined);
    await this.#route(scope, signal);
  }

  async #pass(scope: Scope, signal: AbortSignal): Promise<void> {
    const key = scopeKey(scope);
    // Tasks first: what became of them is evidence for the deployment that waits for them.
    const pass = this.#options.jobs.pass(scope, signal).then(() => this.#reconciler.pass(scope, signal));
    this.#running.set(key, pass);
    try {
      await pass;
    } finally {
      this.#running.delete(key);
    }
  }

  async #route(scope: Scope, signal: AbortSignal): Promise<void> {
    await this.#reconciler.contribute(scope, signal);
    await this.#options.director.enforce(signal);
  }
}
