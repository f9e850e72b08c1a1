// What a commit and a lease mean, once for every store: the rules over a few tables, which the caller makes atomic and durable.
import { CodeError } from '../../base/errors.ts';
import type { Change, DocumentKind, Lease } from '../../ports/store.ts';
import { checkKey } from './keys.ts';

/** A document as it lies in a table: its value is JSON text, unless the tables keep it otherwise. */
export interface DocumentRow<Kept = string> {
  readonly version: number;
  readonly value: Kept;
}

/** The rows of a store inside one transaction. What throws here is undone by whoever opened the transaction. */
export interface Tables<Kept = string> {
  /** A value in the form in which it is kept: independent of what its giver does to it later. */
  keep(value: unknown): Kept;
  document(kind: DocumentKind, key: string): DocumentRow<Kept> | undefined;
  putDocument(kind: DocumentKind, key: string, row: DocumentRow<Kept>): void;
  deleteDocument(kind: DocumentKind, key: string): void;
  /** Numbers the event itself: one more than the last, also after the last was pruned. */
  appendEvent(event: object): void;
  lease(name: string): Lease | undefined;
  putLease(lease: Lease): void;
}

type LeaseTables = Pick<Tables, 'lease' | 'putLease'>;

export type Fence = Pick<Lease, 'name' | 'token'>;

/** Nobody's name: a lease that was given back keeps its row, so that its token never falls. */
const nobody = '';

/** Applies changes in order; says whether events were appended. Errors: `write_conflict`, `lease_lost`, `input_invalid`. */
export function applyChanges<Kept>(tables: Tables<Kept>, changes: readonly Change[], fence?: Fence): boolean {
  if (fence) checkFence(tables.lease(fence.name), fence);
  let appended = false;
  for (const change of changes) {
    if (change.op === 'append') {
      tables.appendEvent(change.event);
      appended = true;
    } else applyToDocument(tables, change);
  }
  return appended;
}

function applyToDocument<Kept>(tables: Tables<Kept>, change: Exclude<Change, { op: 'append' }>): void {
  const { kind, expect } = change;
  const key = checkKey(change.key);
  const found = tables.document(kind, key)?.version ?? 0;
  if (expect !== undefined && expect !== found) throw writeConflict(kind, key, expect, found);
  if (change.op === 'put') tables.putDocument(kind, key, { version: found + 1, value: tables.keep(change.value) });
  else if (found > 0) tables.deleteDocument(kind, key);
}

function writeConflict(kind: DocumentKind, key: string, expected: number, found: number): CodeError {
  const wanted = expected === 0 ? 'not to exist' : `at version ${expected}`;
  const actual = found === 0 ? 'it does not exist' : `it is at version ${found}`;
  return new CodeError('write_conflict', `The ${kind} "${key}" was expected ${wanted}, but ${actual}.`, {
    hint: 'Somebody else changed it meanwhile; read it again and repeat.',
    details: { kind, key, expected, found },
  });
}

function checkFence(lease: Lease | undefined, fence: Fence): void {
  if (lease && lease.token === fence.token && lease.owner !== nobody) return;
  throw new CodeError('lease_lost', `The lease "${fence.name}" is no longer held with token ${fence.token}.`, {
    hint: 'Another engine took over; nothing was written. See `codectl status`.',
    details: { name: fence.name, token: fence.token, newest: lease?.token ?? 0 },
  });
}

/** Takes a free or expired lease or renews one's own. Only a change of owner raises the token: a fence outlives its owner's renewals. */
export function takeLease(tables: LeaseTables, wish: Pick<Lease, 'name' | 'owner'>, now: number, ttl: number): Lease | undefined {
  const { name, owner } = wish;
  if (owner === nobody) throw new CodeError('input_invalid', `The lease "${name}" needs an owner with a name.`);
  const held = tables.lease(checkKey(name));
  if (held && held.owner !== owner && held.expiresAt > now) return undefined;
  const token = held?.owner === owner ? held.token : (held?.token ?? 0) + 1;
  const lease = { name, owner, token, expiresAt: now + ttl };
  tables.putLease(lease);
  return lease;
}

export function freeLease(tables: LeaseTables, lease: Lease): void {
  const held = tables.lease(lease.name);
  if (held?.token === lease.token && held.owner === lease.owner) tables.putLease({ ...held, owner: nobody, expiresAt: 0 });
}
