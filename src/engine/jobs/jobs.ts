// Tasks as use cases and as a part of every pass: asked for by people, deployments and schedules, carried on step by step, kept as history.
import { asCodeError, CodeError } from '../../base/errors.ts';
import { own } from '../../base/plain-document.ts';
import type { Duration } from '../../base/units.ts';
import { outlived } from '../../decide/tasks/task.ts';
import type { EnvironmentState } from '../../model/deployment.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Task } from '../../model/task.ts';
import { Deliveries } from './deliveries.ts';
import type { TaskPlace } from './drafts.ts';
import { commandTask, runTask } from './drafts.ts';
import { Followers } from './follow.ts';
import type { JobsOptions } from './options.ts';
import { Schedules } from './schedules.ts';
import { Stepper } from './stepper.ts';
import { Tasks } from './tasks.ts';

export class Jobs {
  readonly tasks: Tasks;
  readonly #options: JobsOptions;
  readonly #deliveries: Deliveries;
  readonly #stepper: Stepper;
  readonly #followers: Followers;
  readonly #schedules: Schedules;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.tasks = new Tasks(options.ports);
    this.#deliveries = new Deliveries(options.ports, (scope) => options.wake(scope));
    this.#stepper = new Stepper({ ...options, tasks: this.tasks, deliveries: this.#deliveries });
    this.#followers = new Followers(options, this.tasks);
    this.#schedules = new Schedules(options, this.tasks);
  }

  /** Loads what earlier lives left, running or waiting; returns the scopes that are to be woken for it. */
  start(): Promise<readonly Scope[]> {
    return this.tasks.load();
  }

  stop(): void {
    this.#deliveries.close();
  }

  /** A part of the pass over a scope. One task that cannot go on holds no other up, nor the pass: it is told, and tried again with the next. */
  async pass(scope: Scope, signal: AbortSignal): Promise<void> {
    const key = scopeKey(scope);
    const state = (await this.#options.ports.store.get('environment', key))?.value;
    // First what became of those that run: a schedule whose last run has ended, perhaps while no engine was there, begins the next.
    await this.#step(this.tasks.open(scope), signal);
    const looked = new Set(this.tasks.open(scope));
    if (state) await this.#quietly(key, () => this.#followers.look(state), signal);
    if (state) await this.#quietly(key, () => this.#schedules.look(state), signal);
    await this.#step(
      this.tasks.open(scope).filter((one) => !looked.has(one)),
      signal,
    );
    await this.#quietly(key, () => this.#tidy(scope, state), signal);
  }

  async #step(tasks: readonly Task[], signal: AbortSignal): Promise<void> {
    for (const task of tasks) await this.#quietly(task.id, () => this.#stepper.step(task, signal), signal);
  }

  /** A command in the live release's directory and environment, as an instance of its own. Errors: `application_unknown`, `service_unknown`, `unsupported`. */
  async command(scope: Scope, service: string, command: readonly string[], deadline: Duration, by: string): Promise<Task> {
    const place = await this.#place(scope, service);
    return this.#ask(() => this.tasks.create(commandTask(place, command, deadline, by)), scope);
  }

  /** Runs a job or a cron now. Errors: as `command`, and `input_invalid` for a service that runs for ever. */
  async run(scope: Scope, service: string, by: string): Promise<Task> {
    const place = await this.#place(scope, service);
    const { kind } = place.target.spec;
    if (kind !== 'job' && kind !== 'cron')
      throw new CodeError('input_invalid', `${service} is no job: it runs for ever.`, {
        hint: `Run "codectl run ${service} -- COMMAND" for a one-off command in its environment.`,
      });
    return this.#ask(() => this.tasks.create(runTask(place, kind, by)), scope);
  }

  /** SIGTERM, and SIGKILL after the grace; a task that has not begun never begins. Errors: `task_unknown`, `task_ended`. */
  async cancel(id: string, by: string, reason?: string): Promise<Task> {
    const at = this.#options.ports.clock.now();
    const { scope } = this.tasks.find(id);
    const request = (task: Task): Task => {
      if (task.state === 'ended')
        throw new CodeError('task_ended', `Task ${id} has ended already: ${task.outcome}.`, {
          hint: `See it with "codectl jobs show ${id}".`,
        });
      return task.cancelRequested ? task : { ...task, cancelRequested: { by, at, reason } };
    };
    return this.#ask(() => this.tasks.edit(id, request), scope);
  }

  async #ask(work: () => Promise<Task>, scope: Scope): Promise<Task> {
    const task = await work();
    this.#options.wake(scope);
    return task;
  }

  async #place(scope: Scope, service: string): Promise<TaskPlace> {
    const { store, runtimes } = this.#options.ports;
    const state = (await store.get('environment', scopeKey(scope)))?.value;
    if (!state || Object.keys(state.services).length === 0)
      throw new CodeError('application_unknown', `${scope.application} is not deployed in environment ${scope.environment}.`, {
        hint: 'Run "codectl status" to see what is.',
      });
    if (!runtimes.get(state.runtime)?.tasks) throw new CodeError('unsupported', `The ${state.runtime} runtime cannot run tasks.`);
    return { scope, runtime: state.runtime, service, target: targetOf(state, service) };
  }

  /** What the newest deployment asked for is its evidence, however much that is. */
  async #tidy(scope: Scope, state: EnvironmentState | undefined): Promise<void> {
    const newest = `${scope.application}-${scope.environment}-${state?.lastNumber ?? 0}`;
    const gone = outlived(this.tasks.of(scope)).filter((one) => one.deployment !== newest);
    if (gone.length === 0) return;
    for (const task of gone) await this.#stepper.forget(task);
    await this.tasks.drop(gone);
  }

  async #quietly(subject: string, work: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const error = asCodeError(thrown);
      // Another engine writes now: whatever this one still has to say, nobody may hear it.
      if (signal.aborted || error.code === 'lease_lost') throw thrown;
      this.#options.ports.log.error({ subject, error: error.message }, 'a task could not be carried on and is tried again');
    }
  }
}

function targetOf(state: EnvironmentState, service: string) {
  const target = own(state.services, service);
  if (target) return target;
  throw new CodeError(
    'service_unknown',
    `${scopeKey(state.scope)} has no service called ${service}; it has ${Object.keys(state.services).join(', ')}.`,
  );
}
