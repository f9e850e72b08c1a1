// The engine's memory: versioned documents changed by compare-and-set, an append-only event log, and leases with fencing tokens.
// Everything that must survive a crash goes through `commit`, whose changes become durable together or not at all.

import type { Deployment, EnvironmentState } from '../model/deployment.ts';
import type { EngineEvent, NewEvent } from '../model/event.ts';
import type { EvidenceWindow } from '../model/evidence.ts';
import type { PersonRecord, SessionRecord } from '../model/identity/identity.ts';
import type { Incident } from '../model/incident/incident.ts';
import type { Instance } from '../model/instance.ts';
import type { Approval, Plan } from '../model/plan.ts';
import type { AuditRecord, TokenRecord } from '../model/principal.ts';
import type { Attempt, TrialEntry } from '../model/proving/attempt.ts';
import type { Release } from '../model/release.ts';
import type { SecretVersion } from '../model/secrets/secret.ts';
import type { Attestation } from '../model/supply/signature.ts';
import type { Task } from '../model/task.ts';

/** Every kind of document that is kept, with its type and its key. A new noun is a line here. */
export interface Documents {
  /** key: scope (`shop/staging`) */
  readonly environment: EnvironmentState;
  /** key: scope, `/`, number padded to 8 digits – so that a prefix lists one environment's in order */
  readonly deployment: Deployment;
  /** key: a deployment's, `/`, its end in milliseconds padded to 15 digits, `/`, service */
  readonly evidence: EvidenceWindow;
  /** key: scope, `/`, number padded to 8 digits */
  readonly task: Task;
  /** key: plan id */
  readonly plan: Plan;
  /** key: plan id, `/`, person */
  readonly approval: Approval;
  /** key: application, `/`, release id */
  readonly release: Release;
  /** key: digest of the artifact, `/`, 64 hexadecimal digits of the bundle's */
  readonly attestation: Attestation;
  /** key: instance id */
  readonly instance: InstanceRecord;
  /** key: scope, `/`, name, `/`, version padded to 8 digits */
  readonly secret: SecretVersion;
  /** key: token id */
  readonly token: TokenRecord;
  /** key: session id */
  readonly session: SessionRecord;
  /** key: name */
  readonly person: PersonRecord;
  /** key: scope, `/`, number padded to 8 digits */
  readonly trial: TrialEntry;
  /** key: scope, `/`, sequence padded to 8 digits; never changed, never removed */
  readonly attempt: Attempt;
  /** key: scope, `/`, number padded to 8 digits */
  readonly incident: Incident;
  /** key: sequence padded to 12 digits */
  readonly audit: AuditRecord;
  /** key: principal, `/`, operation, `/`, idempotency key */
  readonly idempotency: IdempotencyRecord;
  /** key: name of a single value (`gateway`, `identity`, `policies`) */
  readonly singleton: Readonly<Record<string, unknown>>;
}

export type DocumentKind = keyof Documents;

/** An instance with what its driver needs to find it again (opaque to the engine). */
export interface InstanceRecord extends Instance {
  readonly driver: string;
  readonly handle: Readonly<Record<string, unknown>>;
}

export interface IdempotencyRecord {
  /** Digest of the input that came with the key. */
  readonly input: string;
  readonly at: number;
  /** Absent while the call runs. */
  readonly result?: unknown;
}

export interface Stored<T> {
  readonly key: string;
  /** 1 for the first write, then 2, 3 … */
  readonly version: number;
  readonly value: T;
}

export type Change = { readonly [K in DocumentKind]: PutChange<K> | DeleteChange<K> }[DocumentKind] | AppendChange;

export interface PutChange<K extends DocumentKind> {
  readonly op: 'put';
  readonly kind: K;
  readonly key: string;
  readonly value: Documents[K];
  /** The version that must be there now; 0: none may be; absent: whatever is there. */
  readonly expect?: number;
}

export interface DeleteChange<K extends DocumentKind> {
  readonly op: 'delete';
  readonly kind: K;
  readonly key: string;
  readonly expect?: number;
}

export interface AppendChange {
  readonly op: 'append';
  readonly event: NewEvent;
}

export interface ListOptions {
  /** Only keys that start with this. */
  readonly prefix?: string;
  /** Only keys after this one (before it, when `reverse`). */
  readonly after?: string;
  readonly limit?: number;
  /** Largest key first. */
  readonly reverse?: boolean;
}

export interface Lease {
  readonly name: string;
  readonly owner: string;
  /** Grows with every change of owner; a commit with an older token is refused. */
  readonly token: number;
  readonly expiresAt: number;
}

export interface Store {
  get<K extends DocumentKind>(kind: K, key: string): Promise<Stored<Documents[K]> | undefined>;
  list<K extends DocumentKind>(kind: K, options?: ListOptions): Promise<readonly Stored<Documents[K]>[]>;
  /**
   * Makes all changes durable together, in order. `fence` names a lease that must still be held with that token.
   * Errors: `write_conflict` (details: kind, key, expected, found), `lease_lost`, `disk_full`, `store_unavailable`.
   */
  commit(changes: readonly Change[], fence?: Pick<Lease, 'name' | 'token'>): Promise<void>;
  /** Events after a sequence number, oldest first. */
  events(after: number, limit: number): Promise<readonly EngineEvent[]>;
  /** The newest sequence number; 0 when there are none. */
  lastEvent(): Promise<number>;
  /** Calls back after each commit in this process that appended events; returns the way to stop it. */
  onEvents(listener: () => void): () => void;
  /** Drops events older than the newest `keep`. */
  pruneEvents(keep: number): Promise<void>;
  /** Takes a free or expired lease, or renews one's own; `undefined` while somebody else holds it. Times are milliseconds since the epoch. */
  acquireLease(name: string, owner: string, now: number, ttl: number): Promise<Lease | undefined>;
  releaseLease(lease: Lease): Promise<void>;
  close(): Promise<void>;
}
