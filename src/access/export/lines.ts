// The audit on its way out: a signed first line that says what follows, then the records as they are stored, each checkpoint after its record.

import { chainStart } from '../../base/chain.ts';
import { CodeError } from '../../base/errors.ts';
import type { Redactor } from '../../base/redactor.ts';
import type { AuditRecord } from '../../model/principal.ts';
import type { Store } from '../../ports/store.ts';
import { recordKey } from '../chain.ts';
import type { CheckpointBook } from '../checkpoints/book.ts';
import type { Withheld } from '../checkpoints/examine.ts';
import { withheldType } from '../checkpoints/examine.ts';
import type { Checkpoint, ExportHead, ExportStatement } from '../checkpoints/statement.ts';
import { exportType } from '../checkpoints/statement.ts';

export type ExportLine =
  | { readonly kind: 'head'; readonly line: ExportHead }
  | { readonly kind: 'record'; readonly line: AuditRecord }
  | { readonly kind: 'withheld'; readonly line: Withheld }
  | { readonly kind: 'checkpoint'; readonly line: Checkpoint };

export interface ExportParts {
  readonly store: Store;
  readonly checkpoints: CheckpointBook;
  readonly redactor: Redactor;
  readonly now: () => number;
}

const page = 500;

/** Records after a number, up to those there were when it was asked. Errors: `input_invalid`, and those of `CheckpointBook.seal`. */
export async function* exportLines(parts: ExportParts, after: number): AsyncGenerator<ExportLine> {
  const { store, checkpoints, redactor } = parts;
  // Everything up to here is signed, and what is exported ends here.
  const { sequence: to, hash } = (await checkpoints.seal()) ?? chainStart;
  const head: ExportStatement = {
    type: exportType,
    from: after + 1,
    previous: await hashAt(store, after, to),
    sequence: to,
    hash,
    at: parts.now(),
  };
  const signed = (await checkpoints.all()).filter(({ sequence }) => sequence > after && sequence <= to);
  const due = Map.groupBy(signed, ({ sequence }) => sequence);
  yield { kind: 'head', line: (await checkpoints.signer()).sign(head) };
  for (let at = after; at < to; ) {
    const records = (await store.list('audit', { after: recordKey(at), limit: Math.min(page, to - at) })).map(({ value }) => value);
    if (records.length === 0) return;
    for (const record of records) {
      yield shown(record, redactor);
      for (const line of due.get(record.sequence) ?? []) yield { kind: 'checkpoint', line };
    }
    at = records.at(-1)?.sequence ?? to;
  }
}

/** What has become a secret since a record was written is not given out, and a record in parts could not be checked. */
function shown(record: AuditRecord, redactor: Redactor): ExportLine {
  if (JSON.stringify(redactor.hideAll(record)) === JSON.stringify(record)) return { kind: 'record', line: record };
  const { sequence, hash, previous } = record;
  return { kind: 'withheld', line: { type: withheldType, sequence, hash, previous } };
}

async function hashAt(store: Store, sequence: number, to: number): Promise<string> {
  if (sequence === 0) return chainStart.hash;
  const found = (await store.get('audit', recordKey(sequence)))?.value;
  if (found) return found.hash;
  throw new CodeError('input_invalid', `There is no record ${sequence} to begin after: the last is ${to}.`, {
    hint: 'Give the number of the last record that you have, or leave it out for all of them.',
  });
}
