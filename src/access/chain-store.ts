// The audit's chain in the store: read from its end, continued record by record, walked from its start.

import type { ChainHead } from '../base/chain.ts';
import { chained, chainStart } from '../base/chain.ts';
import { CodeError, hasCode } from '../base/errors.ts';
import type { AuditRecord } from '../model/principal.ts';
import type { Change, Store } from '../ports/store.ts';
import type { ChainVerdict, Unchained } from './chain.ts';
import { broken, ChainWalk, recordKey } from './chain.ts';
import type { Witness } from './witness.ts';

/** The single value in the store that says where the chain ends. */
const headKey = 'audit-head';
/** Records written together at most; those who wait share one sync of the disk. */
const batch = 64;
/** How often another writer may be faster before we give up. */
const attempts = 5;

/** Walks the whole chain as it is stored, page by page, beside what was noted outside the store, and what was signed (`vouched`). */
export async function verifyStored(store: Store, witness?: Witness, vouched: readonly ChainHead[] = []): Promise<ChainVerdict> {
  // Read one before the other: heads are noted after the end is stored, and records that are written meanwhile lie beyond it and are not walked.
  const noted = await witness?.heads();
  const head = await readHead(store);
  if (witness && head && !noted?.some(({ sequence }) => sequence === 0))
    return broken(1, `Nothing outside the store vouches for its first record: ${witness.name} is missing or was begun anew.`);
  return walkStored(store, head, new ChainWalk([...(noted ?? []), ...vouched]));
}

async function walkStored(store: Store, head: ChainHead | undefined, walk: ChainWalk): Promise<ChainVerdict> {
  let after = '';
  let left = head?.sequence ?? 0;
  while (left > 0) {
    const records = await store.list('audit', { after, limit: Math.min(1000, left) });
    if (!records.every(({ key, value }) => walk.step(value, key)) || records.length === 0) return walk.end(head);
    after = records.at(-1)?.key ?? after;
    left -= records.length;
  }
  // A record is never there before its end of the chain is: one beyond an end that has not moved was not written here.
  const [beyond] = await store.list('audit', { after, limit: 1 });
  if (beyond && (await readHead(store))?.sequence === head?.sequence) walk.step(beyond.value, beyond.key);
  return walk.end(head);
}

export interface StoredHead extends ChainHead {
  readonly version: number;
}

/** Errors: `store_corrupt`. */
export async function readHead(store: Store): Promise<StoredHead | undefined> {
  const stored = await store.get('singleton', headKey);
  if (!stored) return undefined;
  const { sequence, hash } = stored.value;
  if (typeof sequence === 'number' && typeof hash === 'string') return { sequence, hash, version: stored.version };
  throw damaged(`the store's value "${headKey}" is not the end of a chain`);
}

interface Waiting {
  readonly makes: readonly Make[];
  readonly resolve: (records: readonly AuditRecord[]) => void;
  readonly reject: (error: unknown) => void;
}

type Make = (sequence: number) => Unchained;

/** Writes records one after the other; the number of each is given at the last moment, so that a failed commit leaves no gap. */
export class ChainWriter {
  readonly #store: Store;
  readonly #witness: Witness | undefined;
  readonly #onGrown: ((head: ChainHead) => void) | undefined;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(store: Store, witness?: Witness, onGrown?: (head: ChainHead) => void) {
    this.#store = store;
    this.#witness = witness;
    this.#onGrown = onGrown;
  }

  async write(make: Make): Promise<AuditRecord> {
    return (await this.writeAll([make]))[0] as AuditRecord;
  }

  /** In one commit: all of them or none. */
  writeAll(makes: readonly Make[]): Promise<readonly AuditRecord[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ makes, resolve, reject });
      void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, batch);
      try {
        const records = await this.#commit(together, attempts);
        const end = records.at(-1) ?? chainStart;
        await this.#witness?.note(end);
        this.#onGrown?.(end);
        let from = 0;
        for (const { makes, resolve } of together) {
          resolve(records.slice(from, from + makes.length));
          from += makes.length;
        }
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#writing = false;
  }

  /** A store without an end mark is one that nothing was written to yet, unless somebody knows better. */
  async #begin(): Promise<StoredHead> {
    const last = Math.max(0, ...((await this.#witness?.heads()) ?? []).slice(-1).map(({ sequence }) => sequence));
    if (last > 0) throw damaged(`the store has lost it, but ${this.#witness?.name ?? ''} knows ${last} records`);
    await this.#witness?.begin();
    return { ...chainStart, version: 0 };
  }

  async #commit(together: readonly Waiting[], left: number): Promise<readonly AuditRecord[]> {
    const start = (await readHead(this.#store)) ?? (await this.#begin());
    const records = link(together, start);
    try {
      await this.#store.commit(changesFor(records, start.version));
      return records;
    } catch (error) {
      if (!hasCode(error, 'write_conflict') || left <= 1) throw error;
      const now = await readHead(this.#store);
      if ((now?.version ?? 0) === start.version) throw damaged(`a record after number ${start.sequence} is there already`, error);
      // Another process wrote to the same chain; its end has moved on.
      return this.#commit(together, left - 1);
    }
  }
}

function link(together: readonly Waiting[], start: ChainHead): readonly AuditRecord[] {
  let head = start;
  return together
    .flatMap(({ makes }) => makes)
    .map((make) => {
      const record = chained(head, make(head.sequence + 1));
      head = { sequence: record.sequence, hash: record.hash };
      return record;
    });
}

function changesFor(records: readonly AuditRecord[], headVersion: number): readonly Change[] {
  const puts = records.map((value): Change => ({ op: 'put', kind: 'audit', key: recordKey(value.sequence), value, expect: 0 }));
  const { sequence, hash } = records.at(-1) ?? chainStart;
  return [...puts, { op: 'put', kind: 'singleton', key: headKey, value: { sequence, hash }, expect: headVersion }];
}

function damaged(problem: string, cause?: unknown): CodeError {
  return new CodeError('store_corrupt', `The audit cannot be continued: ${problem}.`, {
    hint: 'Run `codectl audit verify` to see what was tampered with, then bring back a backup with `codectl backup restore`.',
    cause,
  });
}
