// Carries a task one step further: what is decided is stored, then done; done again after a crash, it comes to the same.
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { AttemptSeen } from '../../decide/tasks/task.ts';
import { decideTask } from '../../decide/tasks/task.ts';
import type { ExitReason } from '../../model/instance.ts';
import type { Task } from '../../model/task.ts';
import type { Runtime, TaskRuns } from '../../ports/runtime.ts';
import { releaseKey } from '../keys.ts';
import type { Deliveries } from './deliveries.ts';
import { taskEvent } from './narrate.ts';
import type { JobsOptions } from './options.ts';
import type { Tasks } from './tasks.ts';

export interface StepperOptions extends JobsOptions {
  readonly tasks: Tasks;
  readonly deliveries: Deliveries;
}

const linesKept = 20;

export class Stepper {
  readonly #options: StepperOptions;

  constructor(options: StepperOptions) {
    this.#options = options;
  }

  async step(task: Task, signal: AbortSignal): Promise<void> {
    const { ports, tasks, wake, deliveries } = this.#options;
    const seen = await this.#look(task, signal);
    const step = decideTask(task, seen, tasks.open(task.scope), ports.clock.now());
    switch (step.kind) {
      case 'wait':
        if (step.wakeAt !== undefined) wake(task.scope, step.wakeAt);
        return;
      case 'start':
        return this.#start(task, signal);
      case 'stop':
        if (task.action.kind === 'webhook') deliveries.stop(task);
        else if (task.instance !== undefined) this.#runs(task)?.stop(task.instance, task.grace);
        return;
      case 'settle':
        return this.#settle(task, step.task, signal);
    }
  }

  /** Drops what a runtime keeps of a task that is history no longer. */
  async forget(task: Task): Promise<void> {
    if (task.instance !== undefined) await this.#runs(task)?.forget(task.instance);
  }

  async #look(task: Task, signal: AbortSignal): Promise<AttemptSeen> {
    if (task.action.kind === 'webhook') return this.#options.deliveries.look(task);
    const seen = task.instance === undefined ? undefined : await this.#runs(task)?.inspect(task.instance, signal);
    if (!seen) return { kind: 'none' };
    if (seen.state === 'starting') return { kind: 'unknown' };
    if (seen.state !== 'exited') return { kind: 'running' };
    return { kind: 'ended', exit: seen.exit ?? { requested: false, at: this.#options.ports.clock.now() } };
  }

  /** The attempt and its instance's id are stored first; begun again after a crash, its time counts from now. */
  async #start(task: Task, signal: AbortSignal): Promise<void> {
    const { ports, tasks, wake, deliveries } = this.#options;
    const begun = await (task.state === 'running' ? this.#beginAgain(task) : this.#begin(task));
    wake(task.scope, (begun.startedAt ?? 0) + begun.deadline);
    if (begun.action.kind === 'webhook') return deliveries.begin(begun);
    try {
      await this.#run(begun, signal);
      tasks.tell(begun.id);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const now = ports.clock.now();
      const exit: ExitReason = { requested: false, because: asCodeError(thrown).message, at: now };
      const step = decideTask(begun, { kind: 'ended', exit }, [], now);
      if (step.kind === 'settle') await this.#settle(begun, step.task, signal);
    }
  }

  async #begin(task: Task): Promise<Task> {
    const { ports, tasks } = this.#options;
    const now = ports.clock.now();
    // An attempt before this one is history: its output is still found on disk, its record no longer.
    await this.forget(task);
    const release = task.release.split('@')[1] ?? '';
    const instance = task.action.kind === 'webhook' ? undefined : `${task.service}-${release.slice(0, 6)}-${ports.random(5)}`;
    const begin = (one: Task): Task => ({ ...one, state: 'running', attempt: one.attempt + 1, startedAt: now, exit: undefined, instance });
    return tasks.edit(task.id, begin, (one) => taskEvent('task.started', one, now));
  }

  #beginAgain(task: Task): Promise<Task> {
    const { ports, tasks } = this.#options;
    return tasks.edit(task.id, (one) => ({ ...one, startedAt: ports.clock.now() }));
  }

  async #run(task: Task, signal: AbortSignal): Promise<void> {
    const { store } = this.#options.ports;
    const { scope, action, instance = '' } = task;
    const runs = this.#runs(task);
    if (!runs) throw new CodeError('unsupported', `the ${task.runtime} runtime cannot run tasks`);
    const release = await store.get('release', releaseKey(scope.application, task.release));
    if (!release) throw new CodeError('release_unknown', `release ${task.release} is no longer kept`);
    const command = action.kind === 'command' ? action.command : undefined;
    await runs.start({ id: instance, task: task.id, scope, release: release.value, command }, signal);
  }

  async #settle(before: Task, after: Task, signal: AbortSignal): Promise<void> {
    const { ports, tasks, wake, deliveries } = this.#options;
    const lastLog = after.outcome === 'succeeded' ? undefined : await this.#lastLines(before, signal);
    const settled = (one: Task): Task => ({ ...after, lastLog, cancelRequested: one.cancelRequested });
    const kind = after.state === 'ended' ? 'task.ended' : 'task.retried';
    const next = await tasks.edit(before.id, settled, (one) => taskEvent(kind, one, ports.clock.now()));
    deliveries.forget(next);
    // Its end may be what a deployment, or the next in a row, waits for.
    wake(next.scope, next.state === 'ended' ? undefined : next.notBefore);
  }

  async #lastLines({ runtime, instance }: Task, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const engine = this.#runtime(runtime);
    if (!engine?.logs || instance === undefined) return undefined;
    const lines: string[] = [];
    for await (const line of engine.logs(instance, { tail: linesKept, follow: false }, signal)) lines.push(line.text);
    return lines.slice(-linesKept);
  }

  #runs({ runtime }: Task): TaskRuns | undefined {
    return this.#runtime(runtime)?.tasks;
  }

  #runtime(name: string): Runtime | undefined {
    return this.#options.ports.runtimes.get(name);
  }
}
