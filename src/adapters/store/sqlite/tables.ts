// The rows of the store as SQL statements, prepared once; every write keeps the seal.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EngineEvent } from '../../../model/event.ts';
import type { DocumentKind, Lease } from '../../../ports/store.ts';
import type { KeyRange } from '../keys.ts';
import type { DocumentRow, Tables } from '../transact.ts';
import type { Seal } from './seal.ts';
import { SealChange } from './seal.ts';

interface Ledger extends Seal {
  readonly last_event: number;
}

export interface ListedRow extends DocumentRow {
  readonly key: string;
}

export class SqliteTables implements Tables {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #change = new SealChange();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** All that `work` writes becomes durable together, or nothing if it throws. Takes the write lock at once: no commit fails half-way for want of it. */
  atomically<T>(work: () => T): T {
    this.#run('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#keepSeal();
      this.#run('COMMIT');
      return result;
    } catch (error) {
      this.#change.reset();
      // SQLite may have rolled back by itself (a full disk).
      if (this.#database.isTransaction) this.#run('ROLLBACK');
      throw error;
    }
  }

  keep(value: unknown): string {
    return JSON.stringify(value);
  }

  document(kind: DocumentKind, key: string): DocumentRow | undefined {
    return this.#get('SELECT version, value FROM document WHERE kind = ? AND key = ?', kind, key) as DocumentRow | undefined;
  }

  documents(kind: DocumentKind, range: KeyRange, reverse: boolean, limit: number): readonly ListedRow[] {
    const bounds = [
      { text: 'key >= ?', value: range.from },
      { text: 'key > ?', value: range.above },
      { text: 'key < ?', value: range.below },
    ].filter((bound): bound is { text: string; value: string } => bound.value !== undefined);
    const where = ['kind = ?', ...bounds.map(({ text }) => text)].join(' AND ');
    const sql = `SELECT key, version, value FROM document WHERE ${where} ORDER BY key ${reverse ? 'DESC' : 'ASC'} LIMIT ?`;
    return this.#all(sql, kind, ...bounds.map(({ value }) => value), limit) as unknown as readonly ListedRow[];
  }

  putDocument(kind: DocumentKind, key: string, row: DocumentRow): void {
    this.#forget(kind, key);
    this.#change.add(['document', kind, key, row.version, row.value]);
    this.#run('INSERT OR REPLACE INTO document (kind, key, version, value) VALUES (?, ?, ?, ?)', kind, key, row.version, row.value);
  }

  deleteDocument(kind: DocumentKind, key: string): void {
    this.#forget(kind, key);
    this.#run('DELETE FROM document WHERE kind = ? AND key = ?', kind, key);
  }

  #forget(kind: DocumentKind, key: string): void {
    const old = this.document(kind, key);
    if (old) this.#change.remove(['document', kind, key, old.version, old.value]);
  }

  get lastEvent(): number {
    return this.#ledger().last_event;
  }

  appendEvent(event: object): void {
    const sequence = this.lastEvent + 1;
    const value = JSON.stringify({ ...event, sequence });
    this.#run('UPDATE ledger SET last_event = ?', sequence);
    this.#run('INSERT INTO event (sequence, value) VALUES (?, ?)', sequence, value);
    this.#change.add(['event', sequence, value]);
  }

  eventsAfter(after: number, limit: number): readonly Pick<DocumentRow, 'value'>[] {
    return this.#all('SELECT value FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?', after, limit) as unknown as DocumentRow[];
  }

  pruneEvents(keep: number): void {
    const newest = this.lastEvent - Math.max(0, keep);
    const dropped = this.#all('DELETE FROM event WHERE sequence <= ? RETURNING sequence, value', newest);
    for (const event of dropped as unknown as readonly (Pick<EngineEvent, 'sequence'> & DocumentRow)[])
      this.#change.remove(['event', event.sequence, event.value]);
  }

  lease(name: string): Lease | undefined {
    return this.#get('SELECT name, owner, token, expires_at AS expiresAt FROM lease WHERE name = ?', name) as Lease | undefined;
  }

  putLease(lease: Lease): void {
    const old = this.lease(lease.name);
    if (old) this.#change.remove(['lease', old.name, old.owner, old.token, old.expiresAt]);
    const row = [lease.name, lease.owner, lease.token, lease.expiresAt] as const;
    this.#change.add(['lease', ...row]);
    this.#run('INSERT OR REPLACE INTO lease (name, owner, token, expires_at) VALUES (?, ?, ?, ?)', ...row);
  }

  get seal(): Seal {
    const { rows, sum } = this.#ledger();
    return { rows, sum };
  }

  #keepSeal(): void {
    const { rows, sum } = this.#change.appliedTo(this.seal);
    this.#run('UPDATE ledger SET rows = ?, sum = ?', rows, sum);
  }

  #ledger(): Ledger {
    return this.#get('SELECT last_event, rows, sum FROM ledger') as Ledger;
  }

  #run(sql: string, ...values: readonly (string | number)[]): void {
    this.#prepared(sql).run(...values);
  }

  #get(sql: string, ...values: readonly (string | number)[]): unknown {
    return this.#prepared(sql).get(...values);
  }

  #all(sql: string, ...values: readonly (string | number)[]): readonly unknown[] {
    return this.#prepared(sql).all(...values);
  }

  #prepared(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
