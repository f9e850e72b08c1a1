// What must hold of hooks: each told once its phase has come and not before, in the phase's order, at least once, always in the same words.
import type { HookPhase, HookSpec } from '../../../src/model/completion.ts';
import type { Deployment, ServiceRollout } from '../../../src/model/deployment.ts';
import type { Task } from '../../../src/model/task.ts';
import type { WebhookMessage } from '../../../src/ports/webhooks.ts';
import { takesIt } from '../world/listeners.ts';
import type { Universe } from '../world/universe.ts';

type Hook = Task & Required<Pick<Task, 'hook' | 'deployment'>>;

export class HookRules {
  readonly #universe: Universe;
  /** As last stored. */
  readonly #deployments = new Map<string, Deployment>();
  /** Of all deployments, hooks and others, as last stored. */
  readonly #tasks = new Map<string, Task>();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  deploymentWrote(after: Deployment): string | undefined {
    const before = this.#deployments.get(after.id);
    this.#deployments.set(after.id, after);
    if (after.direction !== 'forward') return undefined;
    const begun = after.services.filter(({ stage }, index) => stage !== 'waiting' && before?.services[index]?.stage === 'waiting');
    const missing = begun.flatMap((one) => this.#outstanding(one, after)).at(0);
    return missing && `${after.id} goes on without its ${missing}`;
  }

  wrote(task: Task): string | undefined {
    const known = this.#tasks.get(task.id);
    const untimely = known || !isHook(task) ? undefined : this.#untimely(task);
    this.#tasks.set(task.id, task);
    return untimely ?? (isHook(task) && task.state === 'ended' ? this.#badEnd(task) : undefined);
  }

  /** Somebody is about to be told. */
  telling({ id, body }: WebhookMessage): string | undefined {
    const task = this.#tasks.get(id);
    if (task?.state !== 'running') return `${id} is told, and is not written down as running`;
    const before = this.#universe.listeners.bodyOf(id);
    return before === undefined || before === body ? undefined : `${id} is told in other words than before`;
  }

  /** In the end: a hook that was promised, and of which nothing is known. */
  untold(): string | undefined {
    for (const deployment of this.#deployments.values()) {
      if (deployment.outcome === undefined || deployment.outcome === 'superseded') continue;
      const phases: readonly HookPhase[] = deployment.outcome === 'succeeded' ? ['after_switch', 'after_deploy'] : ['on_failure'];
      for (const rollout of deployment.services.filter((one) => tells(one, deployment)))
        for (const phase of phases)
          for (const [index] of hooksOf(rollout, phase).entries())
            if (!this.#taskOf(deployment, rollout.service, phase, index))
              return `${deployment.id} has ended as ${deployment.outcome}, and ${rollout.service}'s ${phase} hook ${index} was not called`;
    }
    return undefined;
  }

  /** What a service is still to be told before it may be rolled. */
  #outstanding(rollout: ServiceRollout, deployment: Deployment): readonly string[] {
    const all = deployment.services.flatMap((one) => this.#notPassed(one, deployment, 'before_deploy'));
    return [...all, ...this.#notPassed(rollout, deployment, 'before_switch')];
  }

  #notPassed(rollout: ServiceRollout, deployment: Deployment, phase: HookPhase): readonly string[] {
    const { service } = rollout;
    if (!isNew(rollout, deployment)) return [];
    const hooks = hooksOf(rollout, phase).map((_, index) => ({ index, task: this.#taskOf(deployment, service, phase, index) }));
    return hooks.flatMap(({ index, task }) => (task?.outcome === 'succeeded' ? [] : [`${service}'s ${phase} hook ${index}`]));
  }

  /** Called for before its time, or for a second time. */
  #untimely({ id, deployment: of, service, hook: { phase, index } }: Hook): string | undefined {
    const deployment = this.#deployments.get(of);
    const rollout = rolloutOf(deployment, service, phase, index);
    const called = `${service}'s ${phase} hook ${index} of ${of} is called for in ${id}`;
    if (!deployment || !rollout) return `${called}, and there is none`;
    if (this.#taskOf(deployment, service, phase, index)) return `${called} once more`;
    const previous = index === 0 || this.#taskOf(deployment, service, phase, index - 1);
    if (!previous) return `${called} before the one before it`;
    if (isBefore(phase) && previous !== true && previous.outcome !== 'succeeded') return `${called}, and the one before it has not passed`;
    return this.#hasCome(phase, rollout, deployment) ? undefined : `${called}, and its phase has not come`;
  }

  #hasCome(phase: HookPhase, rollout: ServiceRollout, deployment: Deployment): boolean {
    if (!isBefore(phase)) return tells(rollout, deployment) && isOver(phase, rollout, deployment);
    const { outcome, direction, services, abortRequested } = deployment;
    if (!isNew(rollout, deployment) || outcome !== undefined || direction !== 'forward' || abortRequested) return false;
    if (phase === 'before_deploy') return services.every((one) => one.stage === 'waiting');
    return rollout.stage === 'waiting' && this.#mayBeSwitched(rollout, deployment);
  }

  #mayBeSwitched({ service, to }: ServiceRollout, deployment: Deployment): boolean {
    const tasks = [...this.#tasks.values()].filter((one) => one.deployment === deployment.id);
    const released =
      !to?.spec.release || tasks.some((one) => one.service === service && one.purpose === 'release' && one.outcome === 'succeeded');
    return released && deployment.services.every((one) => this.#notPassed(one, deployment, 'before_deploy').length === 0);
  }

  #badEnd({ id, action, outcome, attempt, retries }: Hook): string | undefined {
    if (action.kind !== 'webhook') return undefined;
    const { listeners } = this.#universe;
    if (outcome === 'succeeded') return listeners.hasTaken(id) ? undefined : `${id} has succeeded, and nobody has taken it`;
    if (outcome === 'cancelled') return undefined;
    if (attempt <= retries || listeners.timesOf(id) < attempt)
      return `${id} is given up as ${outcome} after ${listeners.timesOf(id)} calls in ${attempt} attempts`;
    return takesIt(action.url) ? `${id} ended as ${outcome}, though ${action.url} takes what comes` : undefined;
  }

  #taskOf({ id }: Deployment, service: string, phase: HookPhase, index: number): Task | undefined {
    for (const one of this.#tasks.values())
      if (one.deployment === id && one.service === service && one.hook?.phase === phase && one.hook.index === index) return one;
    return undefined;
  }
}

/** A hook whose failure fails its deployment. */
export function isBefore(phase: HookPhase): boolean {
  return phase === 'before_deploy' || phase === 'before_switch';
}

function isHook(task: Task): task is Hook {
  return task.hook !== undefined && task.deployment !== undefined;
}

/** Of the service, if it has this hook. */
function rolloutOf(deployment: Deployment | undefined, service: string, phase: HookPhase, index: number): ServiceRollout | undefined {
  return deployment?.services.find((one) => one.service === service && hooksOf(one, phase)[index]);
}

/** A phase of which is told what has come of it. */
function isOver(phase: HookPhase, { stage }: ServiceRollout, { direction, outcome }: Deployment): boolean {
  if (phase === 'after_switch') return direction === 'forward' && (stage === 'baking' || stage === 'settled');
  if (phase === 'after_deploy') return outcome === 'succeeded';
  return outcome !== undefined && outcome !== 'succeeded' && outcome !== 'superseded';
}

function hooksOf({ to }: ServiceRollout, phase: HookPhase): readonly HookSpec[] {
  return to?.spec.hooks?.[phase] ?? [];
}

function isNew({ to, from }: ServiceRollout, { kind }: Deployment): boolean {
  return kind === 'deploy' && to !== undefined && to.release !== from?.release;
}

/** Who comes to another release, forward or back, tells what has become of it. */
function tells({ to, from }: ServiceRollout, { kind }: Deployment): boolean {
  return (kind === 'deploy' || kind === 'rollback') && to !== undefined && to.release !== from?.release;
}
