// Runs tasks on a driver that knows single instances: each as an instance of its own, whose record is kept apart from those of replicas.
import type { Clock } from '../../base/clock.ts';
import { asCodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { Instance, ReplicaSet, Scope } from '../../model/instance.ts';
import { replicaSetId } from '../../model/instance.ts';
import type { Instances } from '../../ports/instances.ts';
import type { Log } from '../../ports/log.ts';
import type { TaskRun, TaskRuns } from '../../ports/runtime.ts';
import type { InstanceRecord } from '../../ports/store.ts';
import { scopeOfSet } from '../keys.ts';
import type { Journal } from './journal.ts';

export interface TaskBookOptions {
  readonly driver: Instances;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: (scope: Scope, names: readonly string[]) => Promise<Readonly<Record<string, string>>>;
  readonly surroundings: (set: Pick<ReplicaSet, 'release' | 'scope'>) => Promise<Readonly<Record<string, string>>>;
  readonly wake: (scope: Scope) => void;
  /** Ids of all instances, of tasks and replicas, that somebody wants or sees to. */
  readonly known: () => Set<string>;
}

export class TaskBook implements TaskRuns {
  readonly #options: TaskBookOptions;
  readonly #journal: Journal;
  readonly #lifetime: AbortSignal;
  readonly #records = new Map<string, InstanceRecord>();
  readonly #stopping = new Set<string>();

  constructor(options: TaskBookOptions, journal: Journal, lifetime: AbortSignal) {
    this.#options = options;
    this.#journal = journal;
    this.#lifetime = lifetime;
  }

  /** Takes up a record of an earlier life. */
  recall(record: InstanceRecord): void {
    this.#records.set(record.id, record);
  }

  get(id: string): InstanceRecord | undefined {
    return this.#records.get(id);
  }

  ids(): readonly string[] {
    return [...this.#records.keys()];
  }

  /** The intent is durable before the driver is asked: what a crash leaves is then known by its id, and the driver finds it again. */
  async start(run: TaskRun, signal: AbortSignal): Promise<Instance> {
    const known = this.#records.get(run.id);
    if (known && known.state !== 'starting') return known;
    const { driver, clock } = this.#options;
    const set = setOf(run);
    const { id, task } = run;
    const intent = { id, replicaSet: set.id, generation: 0, state: 'starting', ready: false, startedAt: clock.now(), task } as const;
    await this.#save(known ?? { ...intent, driver: driver.name, handle: {} });
    const record = { ...(await this.#begin(run, set, signal)), task };
    // It runs now. What the store does not take is in the journal, and `inspect` sees to it that it comes there.
    await this.#save(record).catch(() => undefined);
    return record;
  }

  /** What could not be started was not: its id may be used again. */
  async #begin({ id, scope, release, task }: TaskRun, set: ReplicaSet, signal: AbortSignal): Promise<InstanceRecord> {
    const { driver, secrets, surroundings } = this.#options;
    try {
      const values = await secrets(scope, release.run.secrets);
      const told = { ...(await surroundings(set)), CODE_TASK: task };
      return await driver.start({ id, replicaSet: set, secrets: values, surroundings: told }, signal);
    } catch (thrown) {
      if (!signal.aborted && !this.#lifetime.aborted) await this.#drop(id);
      throw thrown;
    }
  }

  async inspect(id: string, signal: AbortSignal): Promise<Instance | undefined> {
    // Whoever hears of an end acts on it: it must be durable before.
    await this.#journal.flush();
    const known = this.#records.get(id);
    if (!known || known.state === 'starting' || known.state === 'exited') return known;
    const [seen = known] = await this.#options.driver.inspect([known], signal);
    if (seen.state !== 'exited') return seen;
    const ended = { ...seen, task: known.task };
    await this.#save(ended);
    // Its record stays, to find its output by; what else it held is free at once.
    await this.#options.driver.forget(ended);
    return ended;
  }

  stop(id: string, grace: Duration): void {
    const record = this.#records.get(id);
    if (!record || record.state === 'exited' || this.#stopping.has(id)) return;
    this.#stopping.add(id);
    const { driver, log, wake } = this.#options;
    void (record.state === 'starting' ? this.#callOff(id, grace) : driver.stop(record, grace, this.#lifetime))
      .then(() => wake(scopeOfSet(record.replicaSet)))
      .catch((thrown: unknown) => {
        if (!this.#lifetime.aborted)
          log.error({ instance: id, error: asCodeError(thrown).message }, 'could not stop the instance of a task');
      })
      .finally(() => this.#stopping.delete(id));
  }

  async forget(id: string): Promise<void> {
    const record = this.#records.get(id);
    if (!record) return;
    await this.#options.driver.forget(record);
    await this.#drop(id);
  }

  /** A crash came between its intent and what became of it: if it runs, it is found by its mark, as strays are. */
  async #callOff(id: string, grace: Duration): Promise<void> {
    const { driver, known } = this.#options;
    await driver.giveUp?.(id);
    const others = known();
    others.delete(id);
    const found = (await driver.strays(others, this.#lifetime)).find((one) => one.id === id);
    if (found) {
      await driver.stop(found, grace, this.#lifetime);
      await driver.forget(found);
    }
    await this.#drop(id);
  }

  async #drop(id: string): Promise<void> {
    await this.#journal.write([{ op: 'delete', kind: 'instance', key: id }]);
    this.#records.delete(id);
  }

  async #save(record: InstanceRecord): Promise<void> {
    this.#records.set(record.id, record);
    await this.#journal.write([{ op: 'put', kind: 'instance', key: record.id, value: record }]);
  }
}

/** A set of one, as the driver is used to; nobody connects to a task, so it gets no port. */
function setOf({ scope, release, command = release.run.command }: TaskRun) {
  const run = { ...release.run, command, port: undefined };
  return { id: replicaSetId(scope, release.id), scope, release: { ...release, run }, replicas: 1, generation: 0 };
}
