// A store that forgets: the same rules as the others without a disk, for simulation and for tests of what stands on a store.
import { CodeError } from '../../../base/errors.ts';
import type { EngineEvent } from '../../../model/event.ts';
import type { Change, DocumentKind, Documents, Lease, ListOptions, Store, Stored } from '../../../ports/store.ts';
import { compareKeys, inRange, keyRange } from '../keys.ts';
import { Listeners } from '../listeners.ts';
import type { DocumentRow, Fence } from '../transact.ts';
import { applyChanges, freeLease, takeLease } from '../transact.ts';
import { frozenCopies } from './frozen.ts';
import type { Form } from './tables.ts';
import { MemoryTables } from './tables.ts';

export interface MemoryStoreOptions {
  /** Hands out one frozen value to all who read a row: many times faster, and whoever would change what it read fails at once. */
  readonly frozen?: boolean;
}

export function openMemoryStore({ frozen = false }: MemoryStoreOptions = {}): Store {
  return frozen ? new MemoryStore(frozenCopies()) : new MemoryStore(texts);
}

/** Parsed at each reading: what a caller does to its copy stays with the caller. */
const texts: Form<string> = { keep: (value) => JSON.stringify(value), read: (text) => JSON.parse(text) };

class MemoryStore<Kept> implements Store {
  readonly #tables: MemoryTables<Kept>;
  readonly #listeners = new Listeners();
  readonly #form: Form<Kept>;
  #open = true;

  constructor(form: Form<Kept>) {
    this.#form = form;
    this.#tables = new MemoryTables(form);
  }

  async get<K extends DocumentKind>(kind: K, key: string): Promise<Stored<Documents[K]> | undefined> {
    const row = this.#reading().document(kind, key);
    return row && this.#stored(key, row);
  }

  async list<K extends DocumentKind>(kind: K, options: ListOptions = {}): Promise<readonly Stored<Documents[K]>[]> {
    const range = keyRange(options);
    const rows = [...this.#reading().documentsOf(kind)].filter(([key]) => inRange(key, range)).sort(([a], [b]) => compareKeys(a, b));
    if (options.reverse) rows.reverse();
    return rows.slice(0, options.limit).map(([key, row]) => this.#stored(key, row));
  }

  async commit(changes: readonly Change[], fence?: Fence): Promise<void> {
    const appended = this.#reading().atomically(() => applyChanges(this.#tables, changes, fence));
    if (appended) this.#listeners.tell();
  }

  async events(after: number, limit: number): Promise<readonly EngineEvent[]> {
    return this.#reading().eventsAfter(after, limit);
  }

  async lastEvent(): Promise<number> {
    return this.#reading().lastEvent;
  }

  onEvents(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  async pruneEvents(keep: number): Promise<void> {
    this.#reading().pruneEvents(keep);
  }

  async acquireLease(name: string, owner: string, now: number, ttl: number): Promise<Lease | undefined> {
    return this.#reading().atomically(() => takeLease(this.#tables, { name, owner }, now, ttl));
  }

  async releaseLease(lease: Lease): Promise<void> {
    this.#reading().atomically(() => freeLease(this.#tables, lease));
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#listeners.clear();
  }

  #stored<T>(key: string, row: DocumentRow<Kept>): Stored<T> {
    return { key, version: row.version, value: this.#form.read(row.value) as T };
  }

  #reading(): MemoryTables<Kept> {
    if (this.#open) return this.#tables;
    throw new CodeError('store_unavailable', 'The store in memory is closed.');
  }
}
