// The audit's chain: each record carries the hash of the one before, so that no record can be changed, removed or moved unseen.
import type { ChainHead } from '../base/chain.ts';
import { chainStart, hashOf } from '../base/chain.ts';
import type { AuditRecord } from '../model/principal.ts';

export type Unchained = Omit<AuditRecord, 'sequence' | 'previous' | 'hash'>;

/** `sequence` is that of the first record that is not as it was written. */
export type ChainVerdict =
  | { readonly ok: true; readonly count: number }
  | { readonly ok: false; readonly sequence: number; readonly problem: string };

/** Walks a chain record by record, so that a long one need not be in memory. */
export class ChainWalk {
  readonly #vouched: ReadonlyMap<number, readonly string[]>;
  #head: ChainHead;
  #broken: ChainVerdict | undefined;

  /** `vouched`: heads that were noted outside the store; whatever was noted must still be there. `from`: where the walk begins. */
  constructor(vouched: readonly ChainHead[] = [], from: ChainHead = chainStart) {
    this.#head = from;
    this.#vouched = new Map(
      [...Map.groupBy(vouched, ({ sequence }) => sequence)].map(([at, heads]) => [at, heads.map(({ hash }) => hash)]),
    );
  }

  /** Takes the next record in stored order, with the key it is stored under; false once the chain is broken. */
  step(record: AuditRecord, key = recordKey(record.sequence)): boolean {
    this.#broken ??= problemOf(this.#head, record) ?? this.#problemOutside(record, key);
    this.#head = { sequence: record.sequence, hash: record.hash };
    return this.#broken === undefined;
  }

  /** `head` is what was stored as the chain's end; `undefined`: nothing was ever stored, so there may be no records. */
  end(head: ChainHead | undefined): ChainVerdict {
    return this.#broken ?? problemAtEnd(this.#head, head) ?? this.#cutBack() ?? { ok: true, count: this.#head.sequence };
  }

  #problemOutside({ sequence, hash }: AuditRecord, key: string): ChainVerdict | undefined {
    if (key !== recordKey(sequence))
      return broken(sequence, `Record ${sequence} was moved: it is stored under the key ${JSON.stringify(key)}.`);
    if ((this.#vouched.get(sequence) ?? []).every((noted) => noted === hash)) return undefined;
    return broken(sequence, `Record ${sequence} or one before it was replaced: another hash was noted outside the store.`);
  }

  #cutBack(): ChainVerdict | undefined {
    const [last, next] = [[...this.#vouched.keys()].reduce((a, b) => Math.max(a, b), 0), this.#head.sequence + 1];
    return last < next
      ? undefined
      : broken(next, `Records ${next} to ${last} are missing from the end: they were noted outside the store.`);
  }
}

/** Keys sort like the numbers. */
export function recordKey(sequence: number): string {
  return String(sequence).padStart(12, '0');
}

/** Without `head` (not stored beside the records) a cut-off tail cannot be seen. */
export function verifyAudit(records: Iterable<AuditRecord>, head?: ChainHead): ChainVerdict {
  const walk = new ChainWalk();
  let last: ChainHead | undefined;
  for (const record of records) {
    last = { sequence: record.sequence, hash: record.hash };
    if (!walk.step(record)) break;
  }
  return walk.end(head ?? last);
}

function problemOf(before: ChainHead, record: AuditRecord): ChainVerdict | undefined {
  const due = before.sequence + 1;
  if (record.sequence !== due) return broken(due, `Record ${due} is missing: record ${record.sequence} stands in its place.`);
  if (record.hash !== hashOf(record))
    return broken(due, `Record ${due} was changed after it was written: its hash does not fit its content.`);
  if (record.previous !== before.hash)
    return broken(due, `Record ${due} does not continue record ${before.sequence}: one of them was replaced.`);
  return undefined;
}

function problemAtEnd(found: ChainHead, head: ChainHead | undefined): ChainVerdict | undefined {
  const { sequence, hash } = head ?? chainStart;
  const next = found.sequence + 1;
  if (found.sequence < sequence) return broken(next, `Records ${next} to ${sequence} are missing from the end.`);
  if (found.sequence > sequence)
    return broken(sequence + 1, `The chain's stored end is record ${sequence}, but there are records up to ${found.sequence}.`);
  if (found.hash !== hash) return broken(sequence, `Record ${sequence} was replaced: the chain's stored end has another hash.`);
  return undefined;
}

export function broken(sequence: number, problem: string): ChainVerdict {
  return { ok: false, sequence, problem };
}
