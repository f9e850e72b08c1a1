// Examines an export without the engine that wrote it: everything that was edited, deleted, moved, cut off or added is found and named.

import type { ChainHead } from '../../base/chain.ts';
import { hashOf } from '../../base/chain.ts';
import type { Fault } from './faults.ts';
import { fault, gaps, rangeText } from './faults.ts';
import { checkpointIn, exportHeadIn, isCount, isObject, jsonIn } from './read.ts';
import type { Checkpoint, ExportHead, PublicKey, Signed } from './statement.ts';
import { digestOfCheckpoint } from './statement.ts';

export const withheldType = 'codectl.audit.withheld.v1';

/** In place of a record that holds what has become a secret since. */
export interface Withheld extends ChainHead {
  readonly type: typeof withheldType;
  readonly previous: string;
}

export interface Examination {
  readonly ok: boolean;
  /** How many records there are, and which they should be, as signed. */
  readonly records: number;
  readonly from?: number;
  readonly to?: number;
  /** When the export was signed, in milliseconds since the epoch. */
  readonly signedAt?: number;
  readonly checkpoints: number;
  /** By their place, the earliest first. */
  readonly faults: readonly Fault[];
}

/** What is kept of a record: long exports are read line by line. */
interface Link extends ChainHead {
  readonly previous: string;
  readonly state: 'whole' | 'edited' | 'withheld';
}

/** Lines go in one by one; `end` gives the verdict. `outside`: a checkpoint that was kept elsewhere, which sees what was cut off with its signature. */
export class Examiner {
  readonly #key: PublicKey;
  readonly #outside: Checkpoint | undefined;
  readonly #links: Link[] = [];
  readonly #checkpoints: Checkpoint[] = [];
  readonly #heads: ExportHead[] = [];
  readonly #unreadable: number[] = [];
  #lines = 0;

  constructor(key: PublicKey, outside?: Checkpoint) {
    this.#key = key;
    this.#outside = outside;
  }

  line(text: string): void {
    this.#lines += 1;
    if (text.trim() === '') return;
    const value = jsonIn(text);
    const head = exportHeadIn(value);
    const checkpoint = checkpointIn(value);
    const link = linkIn(value);
    if (head) this.#heads.push(head);
    else if (checkpoint) this.#checkpoints.push(checkpoint);
    else if (link) this.#links.push(link);
    else this.#unreadable.push(this.#lines);
  }

  end(): Examination {
    // What was not signed says nothing.
    const head = this.#heads.find((one) => signatureFaults(one, this.#key, '').length === 0);
    const links = this.#links;
    const bySequence = new Map(links.map((one) => [one.sequence, one]));
    const faults = [
      ...this.#unreadable.map((line) => fault('edit', 0, `Line ${line} is no record, or only a part of one.`)),
      ...this.#headFaults(),
      ...boundFaults(head, bySequence),
      ...orderFaults(links),
      ...linkFaults(links, bySequence, head),
      ...checkpointFaults(this.#checkpoints, bySequence, this.#key),
      ...(this.#outside ? outsideFaults(this.#outside, bySequence, this.#key, head) : []),
    ];
    return {
      ok: faults.length === 0,
      records: links.length,
      ...(head && { from: head.from, to: head.sequence, signedAt: head.at }),
      checkpoints: this.#checkpoints.length,
      faults: faults.toSorted((a, b) => a.sequence - b.sequence),
    };
  }

  #headFaults(): readonly Fault[] {
    const [head, ...more] = this.#heads;
    if (!head) return [fault('truncation', 0, 'The signed first line is missing: nothing says which records there should be.')];
    return [
      ...signatureFaults(head, this.#key, 'The first line'),
      ...more.map(() => fault('insertion', 0, 'There are several first lines: exports were put together.')),
    ];
  }
}

function linkIn(value: unknown): Link | undefined {
  if (!isObject(value) || !isCount(value['sequence']) || typeof value['hash'] !== 'string' || typeof value['previous'] !== 'string')
    return undefined;
  const { sequence, hash, previous } = value as unknown as Link;
  if (value['type'] === withheldType) return { sequence, hash, previous, state: 'withheld' };
  return { sequence, hash, previous, state: hashOf(value) === hash ? 'whole' : 'edited' };
}

function signatureFaults(signed: Signed<ChainHead>, key: PublicKey, what: string): readonly Fault[] {
  if (signed.key !== key.id) return [fault('signature', signed.sequence, `${what} was signed by the key ${signed.key}, not by ${key.id}.`)];
  if (key.verify(signed)) return [];
  return [fault('signature', signed.sequence, `${what} is not as it was signed.`)];
}

/** Which records there must be, and no others: as was signed, or at least without gaps. */
function boundFaults(head: ExportHead | undefined, links: ReadonlyMap<number, Link>): readonly Fault[] {
  const from = head?.from ?? least(links.keys());
  const to = head?.sequence ?? greatest(links.keys());
  const missing = gaps(from, to, links.keys()).map(([first, last]) =>
    last === to
      ? fault('truncation', first, `${rangeText(first, last)} missing from the end.`)
      : fault('deletion', first, `${rangeText(first, last)} missing.`),
  );
  const beyond = [...links.keys()].filter((n) => n < from || n > to);
  return [...missing, ...beyond.map((n) => fault('insertion', n, `Record ${n} is none of those that were exported (${from} to ${to}).`))];
}

function orderFaults(links: readonly Link[]): readonly Fault[] {
  const seen = new Set<number>();
  const twice = links.filter(({ sequence }) => seen.has(sequence) || !seen.add(sequence));
  const found = links.map(({ sequence }) => sequence);
  const due = found.toSorted((a, b) => a - b);
  const at = found.findIndex((sequence, index) => sequence !== due[index]);
  const moved = at < 0 ? [] : [fault('reorder', due[at] ?? 0, `Record ${found[at]} stands where record ${due[at]} belongs.`)];
  return [...twice.map(({ sequence }) => fault('insertion', sequence, `Record ${sequence} is there twice.`)), ...moved];
}

/** Each record by its own hash, and by that which its successor, or the signature, knows it by. */
function linkFaults(links: readonly Link[], bySequence: ReadonlyMap<number, Link>, head: ExportHead | undefined): readonly Fault[] {
  const known = (sequence: number): string | undefined =>
    head?.sequence === sequence ? head.hash : bySequence.get(sequence + 1)?.previous;
  return links.flatMap((one) => {
    const { sequence, hash, previous, state } = one;
    const begins = head?.from === sequence && previous !== head.previous;
    if (state === 'edited') return [fault('edit', sequence, `Record ${sequence} was changed: its hash does not fit its content.`)];
    if (begins) return [fault('edit', sequence, `Record ${sequence} does not continue the record that it was exported after.`)];
    if ((known(sequence) ?? hash) !== hash)
      return [fault('edit', sequence, `Record ${sequence} was replaced: what follows it knows it by another hash.`)];
    if (state === 'withheld')
      return [
        fault('withheld', sequence, `Record ${sequence} was withheld, because it holds what is a secret now: its content is not checked.`),
      ];
    return [];
  });
}

function checkpointFaults(all: readonly Checkpoint[], links: ReadonlyMap<number, Link>, key: PublicKey): readonly Fault[] {
  return all.flatMap((one, at) => {
    const before = all[at - 1];
    const signature = signatureFaults(one, key, `Checkpoint ${one.number}`);
    // After one that is not as it was signed nothing can be said of the link.
    const trusted = before !== undefined && key.verify(before);
    const unlinked = trusted && (one.number !== before.number + 1 || one.previous !== digestOfCheckpoint(before));
    return [
      ...signature,
      ...(unlinked ? [fault('deletion', one.sequence, `Checkpoint ${one.number} does not continue checkpoint ${before.number}.`)] : []),
      ...(signature.length === 0 ? replacedFaults(one, links, `checkpoint ${one.number}`) : []),
    ];
  });
}

function outsideFaults(one: Checkpoint, links: ReadonlyMap<number, Link>, key: PublicKey, head: ExportHead | undefined): readonly Fault[] {
  const signature = signatureFaults(one, key, 'The checkpoint that was given');
  if (signature.length > 0) return signature;
  const end = head?.sequence ?? greatest(links.keys());
  if (one.sequence <= end) return replacedFaults(one, links, 'the checkpoint that was given');
  return [
    fault(
      'truncation',
      end + 1,
      `${rangeText(end + 1, one.sequence)} missing from the end: the checkpoint that was given (${new Date(one.at).toISOString()}) knows them.`,
    ),
  ];
}

/** A chain that was computed anew from some record on fits in itself, but no checkpoint. */
function replacedFaults({ sequence, hash }: ChainHead, links: ReadonlyMap<number, Link>, who: string): readonly Fault[] {
  const found = links.get(sequence);
  if (!found || found.hash === hash) return [];
  return [fault('edit', sequence, `Record ${sequence}, or one before it, was replaced: ${who} knows it by another hash.`)];
}

function least(numbers: Iterable<number>): number {
  let found: number | undefined;
  for (const one of numbers) found = Math.min(found ?? one, one);
  return found ?? 1;
}

function greatest(numbers: Iterable<number>): number {
  let found = 0;
  for (const one of numbers) found = Math.max(found, one);
  return found;
}
