// Rows in maps, with the steps that take a half-done transaction back.
import type { EngineEvent } from '../../../model/event.ts';
import type { DocumentKind, Lease } from '../../../ports/store.ts';
import type { DocumentRow, Tables } from '../transact.ts';

/** The form in which values lie in memory, and the way back. */
export interface Form<Kept> {
  readonly keep: (value: unknown) => Kept;
  readonly read: (kept: Kept) => unknown;
}

export class MemoryTables<Kept> implements Tables<Kept> {
  readonly #form: Form<Kept>;
  readonly #documents = new Map<DocumentKind, Map<string, DocumentRow<Kept>>>();
  readonly #leases = new Map<string, Lease>();
  #events: Kept[] = [];
  #lastEvent = 0;
  #undo: (() => void)[] = [];

  constructor(form: Form<Kept>) {
    this.#form = form;
  }

  keep(value: unknown): Kept {
    return this.#form.keep(value);
  }

  get lastEvent(): number {
    return this.#lastEvent;
  }

  /** All that `work` writes, or nothing if it throws. */
  atomically<T>(work: () => T): T {
    this.#undo = [];
    try {
      return work();
    } catch (error) {
      for (const step of this.#undo.reverse()) step();
      throw error;
    }
  }

  documentsOf(kind: DocumentKind): Map<string, DocumentRow<Kept>> {
    const rows = this.#documents.get(kind) ?? new Map<string, DocumentRow<Kept>>();
    this.#documents.set(kind, rows);
    return rows;
  }

  document(kind: DocumentKind, key: string): DocumentRow<Kept> | undefined {
    return this.documentsOf(kind).get(key);
  }

  putDocument(kind: DocumentKind, key: string, row: DocumentRow<Kept>): void {
    this.#write(this.documentsOf(kind), key, row);
  }

  deleteDocument(kind: DocumentKind, key: string): void {
    this.#write(this.documentsOf(kind), key, undefined);
  }

  appendEvent(event: object): void {
    this.#lastEvent += 1;
    this.#events.push(this.keep({ ...event, sequence: this.#lastEvent }));
    this.#undo.push(() => {
      this.#lastEvent -= 1;
      this.#events.pop();
    });
  }

  eventsAfter(after: number, limit: number): readonly EngineEvent[] {
    const first = this.#lastEvent - this.#events.length;
    const start = Math.max(0, after - first);
    return this.#events.slice(start, start + limit).map((kept) => this.#form.read(kept) as EngineEvent);
  }

  pruneEvents(keep: number): void {
    this.#events = keep > 0 ? this.#events.slice(-keep) : [];
  }

  lease(name: string): Lease | undefined {
    return this.#leases.get(name);
  }

  putLease(lease: Lease): void {
    this.#write(this.#leases, lease.name, lease);
  }

  #write<V>(rows: Map<string, V>, key: string, value: V | undefined): void {
    const before = rows.get(key);
    this.#undo.push(() => set(rows, key, before));
    set(rows, key, value);
  }
}

function set<V>(rows: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) rows.delete(key);
  else rows.set(key, value);
}
