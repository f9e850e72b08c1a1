// What must hold of commands that run once: each at most once, none unknown, and nobody passes a gate whose command has not ended well.
import type { Deployment, ServiceRollout } from '../../../src/model/deployment.ts';
import { revisionOf } from '../../../src/model/deployment.ts';
import type { Task, TaskPurpose } from '../../../src/model/task.ts';
import type { CommandName } from '../script/script.ts';
import { endsWell } from '../world/dials.ts';
import type { Universe } from '../world/universe.ts';
import { isBefore } from './hooks.ts';

export class TaskRules {
  readonly #universe: Universe;
  /** As last stored. */
  readonly #tasks = new Map<string, Task>();
  /** Instances that were really started, by task. */
  readonly #started = new Map<string, Set<string>>();
  /** What was started, by task. */
  readonly #commands = new Map<string, CommandName>();
  /** Releases that a command stands before, and those that it let through. */
  readonly #gated = new Set<string>();
  readonly #cleared = new Set<string>();
  /** Deployments that have changed something, or began with something changed. */
  readonly #touched = new Set<string>();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  /** But for those that come again and again. */
  open(): string | undefined {
    return [...this.#tasks.values()].find((one) => one.state !== 'ended' && one.purpose !== 'cron')?.id;
  }

  leftover(): string | undefined {
    const open = [...this.#tasks.values()].find((one) => one.state !== 'ended');
    if (open) return `${open.id} has not ended, and nothing is deployed any more`;
    const [living] = this.#universe.fake.alive();
    return living && `${living} runs, and nothing is deployed any more`;
  }

  wrote(task: Task): string | undefined {
    this.#tasks.set(task.id, task);
    if (task.state !== 'ended') return undefined;
    const living = [...(this.#started.get(task.id) ?? [])].find((one) => this.#universe.fake.isAlive(one));
    if (living !== undefined) return `${task.id} has ended as ${task.outcome} while ${living} runs`;
    if (task.outcome !== 'succeeded') return this.#unbegun(task);
    if (task.purpose === 'release') this.#cleared.add(task.release);
    const command = this.#commands.get(task.id);
    return command === undefined || endsWell(command) ? undefined : `${task.id} has succeeded, though its command is ${command}`;
  }

  /** An instance of a task is about to be started; one that is there already is only found again. */
  running(instance: string, id: string, command: CommandName | undefined): string | undefined {
    const task = this.#tasks.get(id);
    if (command) this.#commands.set(id, command);
    if (task?.state !== 'running' || task.instance !== instance)
      return `${instance} is started for ${id}, which is not written down as running in it`;
    const started = this.#started.get(id) ?? new Set();
    if (started.has(instance)) return undefined;
    this.#started.set(id, started.add(instance));
    if (started.size > task.retries + 1) return `${id} is started ${started.size} times`;
    return this.#twice(task) ?? this.#beside(task);
  }

  stopping(id: string): string | undefined {
    const task = this.#tasks.get(id);
    if (!task || task.cancelRequested || task.state === 'ended') return undefined;
    const due = (task.startedAt ?? 0) + task.deadline;
    return this.#universe.clock.now() >= due ? undefined : `${id} is stopped before its time, and nobody asked for it`;
  }

  /** A release is used before its command has ended well. */
  early(release: string, what: string): string | undefined {
    return this.#gated.has(release) && !this.#cleared.has(release)
      ? `${what} of ${release}, whose release command has not ended well`
      : undefined;
  }

  deploymentWrote(deployment: Deployment): string | undefined {
    if (deployment.services.some((one) => isTouched(one, deployment))) this.#touched.add(deployment.id);
    for (const { to } of deployment.services.filter((one) => isNew(one, deployment)))
      if (to?.spec.release && !this.#universe.population.codeOf(to.release)) this.#gated.add(to.release);
    return deployment.outcome && this.#badOutcome(deployment);
  }

  #badOutcome(deployment: Deployment): string | undefined {
    const { id, outcome, services, abortRequested } = deployment;
    const mine = [...this.#tasks.values()].filter((one) => one.deployment === id);
    const fails = mine.find(
      (one) => one.state === 'ended' && one.outcome !== 'succeeded' && one.outcome !== 'cancelled' && standsBefore(one),
    );
    if (outcome !== 'succeeded') {
      const untouched = fails && !this.#touched.has(id) && !abortRequested;
      return untouched && outcome !== 'failed' && outcome !== 'superseded'
        ? `${id} ended as ${outcome}, though ${fails.id} failed before anything was changed`
        : undefined;
    }
    if (fails) return `${id} has succeeded, though ${fails.id} ended as ${fails.outcome}`;
    const wanted = services.filter((one) => isNew(one, deployment)).flatMap((one) => gatesOf(one).map((gate) => [one.service, gate]));
    const missing = wanted.find(
      ([service, purpose]) => !mine.some((one) => one.service === service && one.purpose === purpose && one.outcome === 'succeeded'),
    );
    return missing && `${id} has succeeded without the ${missing.join("'s ")}`;
  }

  /** What failed was tried. */
  #unbegun({ id, action, outcome, reason }: Task): string | undefined {
    if (outcome === 'cancelled' || action.kind === 'webhook' || this.#started.has(id)) return undefined;
    return `${id} has ended as ${outcome}, and was never started: it ${reason}`;
  }

  /** A deployment asks for one command of each kind. */
  #twice(task: Task): string | undefined {
    const other = [...this.#tasks.values()].find((one) => one.id !== task.id && isSame(one, task) && one.deployment === task.deployment);
    return other && task.deployment !== undefined && this.#started.has(other.id)
      ? `${task.id} runs again what ${other.id} has run for ${task.deployment}`
      : undefined;
  }

  #beside(task: Task): string | undefined {
    if (!task.alone) return undefined;
    const others = [...this.#started].filter(([id]) => id !== task.id && isSame(this.#tasks.get(id), task));
    const living = others.find(([, instances]) => [...instances].some((one) => this.#universe.fake.isAlive(one)));
    return living && `${task.id} is started beside ${living[0]}, and both are to be alone`;
  }
}

function isSame(one: Task | undefined, { service, purpose, hook }: Task): boolean {
  if (one?.service !== service || one.purpose !== purpose) return false;
  return one.hook?.phase === hook?.phase && one.hook?.index === hook?.index;
}

/** Hooks that only tell what has happened may fail. */
function standsBefore({ hook }: Task): boolean {
  return !hook || isBefore(hook.phase);
}

function isNew({ to, from }: ServiceRollout, { kind }: Deployment): boolean {
  return kind === 'deploy' && to !== undefined && to.release !== from?.release;
}

function gatesOf({ to }: ServiceRollout): readonly TaskPurpose[] {
  return [...(to?.spec.release ? (['release'] as const) : []), ...(to?.spec.kind === 'job' ? (['job'] as const) : [])];
}

/** Something is under way, or was left by the deployment before. */
function isTouched({ stage, sizes, from }: ServiceRollout, { direction }: Deployment): boolean {
  if (direction === 'forward' && stage !== 'waiting') return true;
  const entries = Object.entries(sizes);
  return from ? entries.length !== 1 || sizes[revisionOf(from)] !== from.replicas : entries.length > 0;
}
