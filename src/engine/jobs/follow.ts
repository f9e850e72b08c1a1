// What a deployment asks of tasks: makes those that are due, and ends those that nobody waits for any more.
import { runsOfTheGone, vainTasks, type WantedTask, wantedGates } from '../../decide/tasks/gates.ts';
import { wantedNews } from '../../decide/tasks/hooks.ts';
import type { Deployment, EnvironmentState } from '../../model/deployment.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Task } from '../../model/task.ts';
import { deploymentKey, toldKey } from '../keys.ts';
import { hookTask, releaseTask, runTask } from './drafts.ts';
import type { JobsOptions } from './options.ts';
import type { NewTask, Tasks } from './tasks.ts';

/** Kept for each environment with hooks: all deployments up to this number have told what they had to tell. */
interface Told {
  readonly number: number;
  /** Of the document; 0: there is none. */
  readonly version: number;
}

export class Followers {
  readonly #options: JobsOptions;
  readonly #tasks: Tasks;
  readonly #told = new Map<string, Told>();

  constructor(options: JobsOptions, tasks: Tasks) {
    this.#options = options;
    this.#tasks = tasks;
  }

  /**
   * Looks at the newest deployment, and at those before it that ended since the last look: neither a crash nor the next deployment that comes
   * right after an end keeps its hooks from being called.
   */
  async look(state: EnvironmentState): Promise<void> {
    for (;;) {
      const { number } = await this.#toldUntil(state);
      if (number >= state.lastNumber || !(await this.#follow(state, number + 1))) return;
    }
  }

  /** Whether nothing more is to come of it. */
  async #follow(state: EnvironmentState, number: number): Promise<boolean> {
    const { scope, lastNumber } = state;
    const deployment = (await this.#options.ports.store.get('deployment', deploymentKey(scope, number)))?.value;
    if (deployment) {
      if (hasHooks(deployment)) await this.#remember(scope);
      const tasks = this.#tasks.of(scope);
      if (number === lastNumber) await this.#endVain(state, deployment, tasks);
      for (const wanted of [...wantedGates(deployment, tasks), ...wantedNews(deployment, tasks)])
        await this.#tasks.create(this.#draft(deployment, wanted));
      if (!deployment.outcome) return false;
    }
    await this.#advance(scope, number);
    return true;
  }

  /** Where nothing was kept, no deployment before the newest has anything to tell. */
  async #toldUntil({ scope, lastNumber }: EnvironmentState): Promise<Told> {
    const key = scopeKey(scope);
    const known = this.#told.get(key);
    if (known) return known;
    const stored = await this.#options.ports.store.get('singleton', toldKey(scope));
    const number = stored?.value.number;
    const told: Told = { number: typeof number === 'number' ? number : lastNumber - 1, version: stored?.version ?? 0 };
    this.#told.set(key, told);
    return told;
  }

  /** Before the first hook of an environment is called, it is on record up to where nothing is to be called. */
  async #remember(scope: Scope): Promise<void> {
    const told = this.#told.get(scopeKey(scope));
    if (told?.version === 0) await this.#write(scope, told.number, told);
  }

  async #advance(scope: Scope, number: number): Promise<void> {
    const told = this.#told.get(scopeKey(scope));
    if (told && told.version > 0) return this.#write(scope, number, told);
    this.#told.set(scopeKey(scope), { number, version: 0 });
  }

  async #write(scope: Scope, number: number, { version }: Told): Promise<void> {
    const { store, fence } = this.#options.ports;
    await store.commit([{ op: 'put', kind: 'singleton', key: toldKey(scope), value: { number }, expect: version }], fence());
    this.#told.set(scopeKey(scope), { number, version: version + 1 });
  }

  async #endVain(state: EnvironmentState, newest: Deployment, tasks: readonly Task[]): Promise<void> {
    for (const task of vainTasks(newest, tasks)) await this.#end(task, reasonOf(task, newest));
    for (const task of runsOfTheGone(state, newest, tasks)) await this.#end(task, goneReason(task, newest));
  }

  async #end({ id }: Task, reason: string): Promise<void> {
    const at = this.#options.ports.clock.now();
    await this.#tasks.edit(id, (task) => (task.cancelRequested ? task : { ...task, cancelRequested: { by: 'engine', at, reason } }));
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

function hasHooks({ services }: Deployment): boolean {
  return services.some(({ to }) => to?.spec.hooks !== undefined);
}

function reasonOf(task: Task, newest: Deployment): string {
  return task.deployment === newest.id ? endOf(newest) : `its deployment was superseded by ${newest.id} before it began`;
}

function endOf({ direction, reason }: Deployment): string {
  return direction === 'reverting' ? 'its deployment turned round' : (reason ?? 'its deployment ended');
}

function goneReason({ service }: Task, { id, outcome }: Deployment): string {
  return outcome === 'succeeded' ? `${service} was removed by ${id}` : `${service} is deployed no more`;
}
