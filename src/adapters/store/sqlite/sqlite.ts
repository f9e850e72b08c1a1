// The embedded store: one SQLite file with a write-ahead log, no server, nothing to install.
import type { DatabaseSync } from 'node:sqlite';
import { CodeError } from '../../../base/errors.ts';
import type { EngineEvent } from '../../../model/event.ts';
import { diskError } from '../../../platform/files.ts';
import type { Change, DocumentKind, Documents, Lease, ListOptions, Store, Stored } from '../../../ports/store.ts';
import { keyRange } from '../keys.ts';
import { Listeners } from '../listeners.ts';
import type { Fence } from '../transact.ts';
import { applyChanges, freeLease, takeLease } from '../transact.ts';
import { corrupt, storeFault } from './faults.ts';
import { openFile } from './file.ts';
import { SqliteTables } from './tables.ts';

export interface SqliteOptions {
  /** Path of the database; its log (`-wal`) and index (`-shm`) lie beside it. */
  readonly file: string;
  /** For looking at a store that an engine uses or that must not be touched; every write is refused. */
  readonly readOnly?: boolean;
}

/**
 * Opens the store, and makes it (mode 0600) if there is none. Reads the whole file once to see that it is sound.
 * Errors: `store_corrupt` (the file is left as it is), `store_newer`, `store_unavailable`, `home_unwritable`, `disk_full`.
 */
export async function openSqliteStore({ file, readOnly = false }: SqliteOptions): Promise<Store> {
  try {
    return new SqliteStore(await openFile(file, readOnly), file, readOnly);
  } catch (error) {
    throw storeFault(diskError(error, file), file);
  }
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #tables: SqliteTables;
  readonly #file: string;
  readonly #readOnly: boolean;
  readonly #listeners = new Listeners();

  constructor(database: DatabaseSync, file: string, readOnly: boolean) {
    this.#database = database;
    this.#tables = new SqliteTables(database);
    this.#file = file;
    this.#readOnly = readOnly;
  }

  async get<K extends DocumentKind>(kind: K, key: string): Promise<Stored<Documents[K]> | undefined> {
    const row = this.#read((tables) => tables.document(kind, key));
    return row && this.#stored({ ...row, key });
  }

  async list<K extends DocumentKind>(kind: K, options: ListOptions = {}): Promise<readonly Stored<Documents[K]>[]> {
    const { reverse = false, limit = -1 } = options;
    const rows = this.#read((tables) => tables.documents(kind, keyRange(options), reverse, limit));
    return rows.map((row) => this.#stored<Documents[K]>(row));
  }

  async commit(changes: readonly Change[], fence?: Fence): Promise<void> {
    const appended = this.#write((tables) => applyChanges(tables, changes, fence));
    if (appended) this.#listeners.tell();
  }

  async events(after: number, limit: number): Promise<readonly EngineEvent[]> {
    return this.#read((tables) => tables.eventsAfter(after, limit)).map(({ value }) => this.#parse(value) as EngineEvent);
  }

  async lastEvent(): Promise<number> {
    return this.#read((tables) => tables.lastEvent);
  }

  onEvents(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  async pruneEvents(keep: number): Promise<void> {
    this.#write((tables) => tables.pruneEvents(keep));
  }

  async acquireLease(name: string, owner: string, now: number, ttl: number): Promise<Lease | undefined> {
    return this.#write((tables) => takeLease(tables, { name, owner }, now, ttl));
  }

  async releaseLease(lease: Lease): Promise<void> {
    this.#write((tables) => freeLease(tables, lease));
  }

  /** The last to close folds the log into the file. Harmless when repeated. */
  async close(): Promise<void> {
    this.#listeners.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #read<T>(work: (tables: SqliteTables) => T): T {
    try {
      return work(this.#tables);
    } catch (error) {
      throw storeFault(error, this.#file);
    }
  }

  #write<T>(work: (tables: SqliteTables) => T): T {
    if (this.#readOnly)
      throw new CodeError('store_unavailable', `The store ${this.#file} was opened for reading only.`, { details: { file: this.#file } });
    return this.#read((tables) => tables.atomically(() => work(tables)));
  }

  #stored<T>(row: { readonly key: string; readonly version: number; readonly value: string }): Stored<T> {
    return { key: row.key, version: row.version, value: this.#parse(row.value) as T };
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw corrupt(this.#file, 'a value is not JSON', error);
    }
  }
}
