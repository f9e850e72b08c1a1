// Every task that is kept, in memory and in the store: numbered, changed by compare-and-set, told to those who wait for news of one.
import { CodeError } from '../../base/errors.ts';
import type { NewEvent } from '../../model/event.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Task } from '../../model/task.ts';
import type { Change, Stored } from '../../ports/store.ts';
import type { EnginePorts } from '../ports.ts';

/** What whoever wants a task must say; the rest begins the same for all. */
export type NewTask = Omit<Task, 'id' | 'number' | 'createdAt' | 'state' | 'attempt' | 'notBefore'>;

export function taskKey(scope: Scope, number: number): string {
  return `${scopeKey(scope)}/${String(number).padStart(8, '0')}`;
}

export class Tasks {
  readonly #ports: EnginePorts;
  readonly #scopes = new Map<string, Map<number, Stored<Task>>>();
  readonly #lastNumbers = new Map<string, number>();
  readonly #listeners = new Map<string, Set<() => void>>();
  /** By scope, until one of its tasks changes: a pass asks for them again and again. */
  readonly #lists = new Map<string, readonly Task[]>();

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  /** Loads what earlier lives kept; returns the scopes that have tasks. */
  async load(): Promise<readonly Scope[]> {
    for (const stored of await this.#ports.store.list('task')) this.#keep(stored);
    return [...this.#scopes.values()].flatMap((numbered) => [...numbered.values()].slice(0, 1).map((one) => one.value.scope));
  }

  /** In order of their numbers. */
  of(scope: Scope): readonly Task[] {
    const key = scopeKey(scope);
    const known = this.#lists.get(key);
    if (known) return known;
    const numbered = this.#scopes.get(key);
    if (!numbered) return [];
    const list = Array.from(numbered.values(), (one) => one.value);
    this.#lists.set(key, list);
    return list;
  }

  open(scope: Scope): readonly Task[] {
    return this.of(scope).filter((one) => one.state !== 'ended');
  }

  /** Errors: `task_unknown`. */
  find(id: string): Task {
    for (const numbered of this.#scopes.values()) for (const { value } of numbered.values()) if (value.id === id) return value;
    throw new CodeError('task_unknown', `There is no task ${id}.`, { hint: 'Run "codectl jobs list" to see those that are kept.' });
  }

  /** `also` is stored together with it, or not at all. */
  async create(wanted: NewTask, also: readonly Change[] = []): Promise<Task> {
    const { store, clock, fence } = this.#ports;
    const { application, environment } = wanted.scope;
    const key = scopeKey(wanted.scope);
    // Taken before anything is awaited: no two tasks get one number.
    const number = (this.#lastNumbers.get(key) ?? 0) + 1;
    this.#lastNumbers.set(key, number);
    const now = clock.now();
    const value: Task = {
      ...wanted,
      id: `${application}-${environment}-t${number}`,
      number,
      createdAt: now,
      state: 'waiting',
      attempt: 0,
      notBefore: now,
    };
    await store.commit([{ op: 'put', kind: 'task', key: taskKey(value.scope, number), value, expect: 0 }, ...also], fence());
    this.#keep({ key: taskKey(value.scope, number), version: 1, value });
    return value;
  }

  /** `change` gets the newest version; nothing is written when it returns that. Only one engine writes, so a conflict is a race within it. */
  async edit(id: string, change: (task: Task) => Task, event?: (task: Task) => NewEvent): Promise<Task> {
    for (;;) {
      const { scope, number } = this.find(id);
      const stored = this.#scopes.get(scopeKey(scope))?.get(number);
      if (!stored) return this.find(id);
      const value = change(stored.value);
      if (value === stored.value) return value;
      if (await this.#put({ ...stored, value, version: stored.version + 1 }, event)) return value;
    }
  }

  async drop(tasks: readonly Task[]): Promise<void> {
    if (tasks.length === 0) return;
    const changes = tasks.map(({ scope, number }): Change => ({ op: 'delete', kind: 'task', key: taskKey(scope, number) }));
    await this.#ports.store.commit(changes, this.#ports.fence());
    for (const { scope, number } of tasks) {
      this.#scopes.get(scopeKey(scope))?.delete(number);
      this.#lists.delete(scopeKey(scope));
    }
  }

  /** Calls back whenever something was done about the task; returns the way to stop it. */
  onNews(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  tell(id: string): void {
    for (const listener of this.#listeners.get(id) ?? []) listener();
  }

  /** False when somebody else's change came first. */
  async #put(next: Stored<Task>, event?: (task: Task) => NewEvent): Promise<boolean> {
    const { store, fence } = this.#ports;
    const put: Change = { op: 'put', kind: 'task', key: next.key, value: next.value, expect: next.version - 1 };
    try {
      await store.commit([put, ...(event ? [{ op: 'append', event: event(next.value) } as const] : [])], fence());
    } catch (thrown) {
      const fresh = await store.get('task', next.key);
      if (!fresh || fresh.version < next.version) throw thrown;
      this.#keep(fresh);
      return false;
    }
    this.#keep(next);
    this.tell(next.value.id);
    return true;
  }

  #keep(stored: Stored<Task>): void {
    const { scope, number } = stored.value;
    const key = scopeKey(scope);
    const numbered = this.#scopes.get(key) ?? new Map<number, Stored<Task>>();
    this.#scopes.set(key, numbered.set(number, stored));
    this.#lists.delete(key);
    this.#lastNumbers.set(key, Math.max(number, this.#lastNumbers.get(key) ?? 0));
  }
}
