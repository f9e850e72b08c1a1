// What a deployment asks of tasks: makes those that are due, and ends those that nobody waits for any more.
import { vainTasks, type WantedTask, wantedGates } from '../../decide/tasks/gates.ts';
import { wantedNews } from '../../decide/tasks/hooks.ts';
import type { Deployment, EnvironmentState } from '../../model/deployment.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Task } from '../../model/task.ts';
import { deploymentKey } from '../keys.ts';
import { hookTask, releaseTask, runTask } from './drafts.ts';
import type { JobsOptions } from './options.ts';
import type { NewTask, Tasks } from './tasks.ts';

export class Followers {
  readonly #options: JobsOptions;
  readonly #tasks: Tasks;
  /** By scope, the deployment that has ended and asks for nothing more. */
  readonly #done = new Map<string, string>();

  constructor(options: JobsOptions, tasks: Tasks) {
    this.#options = options;
    this.#tasks = tasks;
  }

  /** Looks at the newest deployment, ended or not: a crash between its end and its last hooks loses none. Returns its id. */
  async look(state: EnvironmentState): Promise<string | undefined> {
    const { store } = this.#options.ports;
    const key = deploymentKey(state.scope, state.lastNumber);
    if (this.#done.get(scopeKey(state.scope)) === key) return undefined;
    const deployment = (await store.get('deployment', key))?.value;
    if (!deployment) return undefined;
    const tasks = this.#tasks.of(state.scope);
    for (const task of vainTasks(deployment, tasks)) await this.#end(task, deployment);
    for (const wanted of [...wantedGates(deployment, tasks), ...wantedNews(deployment, tasks)])
      await this.#tasks.create(this.#draft(deployment, wanted));
    if (deployment.outcome) this.#done.set(scopeKey(state.scope), key);
    return deployment.id;
  }

  async #end(one: Task, newest: Deployment): Promise<void> {
    const at = this.#options.ports.clock.now();
    const because = one.deployment === newest.id ? endOf(newest) : `its deployment was superseded by ${newest.id} before it began`;
    await this.#tasks.edit(one.id, (task) => ({ ...task, cancelRequested: { by: 'engine', at, reason: because } }));
  }

  #draft(deployment: Deployment, { service, target, gate }: WantedTask): NewTask {
    const { scope, runtime } = deployment;
    const place = { scope, runtime, service, target };
    const { release, hooks } = target.spec;
    switch (gate.kind) {
      case 'release':
        return releaseTask(place, deployment, release?.command ?? [], release?.deadline ?? 0);
      case 'job':
        return { ...runTask(place, 'job', deployment.startedBy), deployment: deployment.id };
      case 'hook': {
        const spec = hooks?.[gate.phase]?.[gate.index];
        if (!spec) throw new Error(`${service} has no hook ${gate.phase} ${gate.index}`);
        return hookTask(place, deployment, { phase: gate.phase, index: gate.index, spec, at: this.#options.ports.clock.now() });
      }
    }
  }
}

function endOf({ direction, reason }: Deployment): string {
  return direction === 'reverting' ? 'its deployment turned round' : (reason ?? 'its deployment ended');
}
