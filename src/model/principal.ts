// Who is calling: the nouns of access that every surface and the audit share.

/** What a verb does to the world; gives HTTP method, CLI confirmation, MCP annotations and audit level alike. */
export type Effect = 'read' | 'plan' | 'write' | 'destroy';

export interface Principal {
  /** `user:root`, `token:ci` */
  readonly id: string;
  readonly kind: 'local_user' | 'token' | 'engine';
  /** Of a token: its id. Names are given again when a token is gone, ids never are. */
  readonly token?: string;
  /** The effects this principal may cause. */
  readonly effects: readonly Effect[];
}

/** An API token as it is kept: its secret only as a hash. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  /** The first characters, so that people can tell tokens apart. */
  readonly prefix: string;
  /** SHA-256 of the whole token; 256 bits of entropy need no slow hash. */
  readonly hash: string;
  readonly effects: readonly Effect[];
  /** Id of the token that made it: this one ends with that one, at the latest. */
  readonly parent?: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
}

/** One line of the audit: an intent or its outcome, chained to the line before by hash. */
export interface AuditRecord {
  /** 1, 2, 3 … without gaps. */
  readonly sequence: number;
  readonly at: number;
  readonly phase: 'intent' | 'outcome';
  /** Ties an outcome to its intent. */
  readonly call: string;
  readonly principal: string;
  readonly operation: string;
  readonly effect: Effect;
  /** Redacted input of an intent; the result's summary of an outcome. */
  readonly subject: Readonly<Record<string, unknown>>;
  readonly result?: 'ok' | 'refused' | 'failed';
  readonly error?: string;
  /** Hash of the record before; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256 over the canonical JSON of all other members. */
  readonly hash: string;
}
