// Who is calling: the nouns of access that every surface and the audit share.

/** What a verb does to the world; gives HTTP method, CLI confirmation, MCP annotations and audit level alike. */
export type Effect = 'read' | 'plan' | 'write' | 'destroy';

export interface Principal {
  /** `user:root`, `person:alice@example.org`, `token:ci`, `agent:helper` */
  readonly id: string;
  /** `person`: somebody whom an identity provider vouches for. */
  readonly kind: 'local_user' | 'person' | TokenKind;
  /** Of a token or a session: its id. Names are given again when a token is gone, ids never are. */
  readonly token?: string;
  /** The conversation of a program that decides by itself, by the name that whoever carries it gives it. Absent: nobody says that there is one. */
  readonly run?: string;
  /** Effects that were granted everywhere, each by itself. */
  readonly effects: readonly Effect[];
  /** Roles, each where it was granted. */
  readonly grants?: readonly Grant[];
  readonly limits?: Limits;
  /** The only door at which what he came with counts; absent: all. */
  readonly audience?: Audience;
  /** A person sits at the program that came with it, and can be asked there. */
  readonly interactive?: true;
  /** Who acts: several credentials may be one person's, and nobody approves what he asked for himself. Absent: the id. */
  readonly person?: string;
}

/** Who carries a token: a person, a program that does as it is told, or a program that decides by itself. */
export type TokenKind = (typeof tokenKinds)[number];

/** A token may count at one door only: that of the API, or that of the tools for agents. */
export type Audience = (typeof audiences)[number];

export const audiences = ['api', 'mcp'] as const;

export const tokenKinds = ['token', 'service', 'agent'] as const;

export const roles = ['viewer', 'operator', 'approver', 'admin', 'agent', 'auditor'] as const;

export type Role = (typeof roles)[number];

/** A role and where it holds: everywhere, for one application, or for one of its environments. */
export interface Grant {
  readonly role: Role;
  readonly application?: string;
  readonly environment?: string;
}

/** How far a principal may go, whatever it was granted; absent members limit nothing. */
export interface Limits {
  /** The largest number of instances that it may give to one service. */
  readonly replicas?: number;
  /** How many services one change may touch. */
  readonly services?: number;
  /** Names of environments; it changes nothing elsewhere. */
  readonly environments?: readonly string[];
  readonly rollbacksPerHour?: number;
  /** When it changes nothing: `fri 15:00-mon 08:00` each week, or two ISO 8601 times with `/` between; UTC. */
  readonly freeze?: readonly string[];
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
  /** Absent: `token`. */
  readonly kind?: TokenKind;
  readonly grants?: readonly Grant[];
  readonly limits?: Limits;
  /** The only door at which it counts; absent: all. */
  readonly audience?: Audience;
  /** A person sits at the program that carries it. */
  readonly interactive?: true;
  /** Whose it is (`user:alice`), when that is not a person of its own. */
  readonly owner?: string;
  /** Id of the token that made it: this one ends with that one, at the latest. */
  readonly parent?: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
  /** Id of the token that took its place: it has the same name, and this one is only still known for a while. */
  readonly replacedBy?: string;
}

/** One line of the audit: an intent or its outcome, or what the engine did by itself, chained to the line before by hash. */
export interface AuditRecord {
  /** 1, 2, 3 … without gaps. */
  readonly sequence: number;
  readonly at: number;
  readonly phase: 'intent' | 'outcome' | 'action';
  /** Ties an outcome to its intent; of an action: names its event. */
  readonly call: string;
  readonly principal: string;
  readonly operation: string;
  readonly effect: Effect;
  /** Redacted input of an intent; the result's summary of an outcome. */
  readonly subject: Readonly<Record<string, unknown>>;
  readonly result?: 'ok' | 'refused' | 'failed';
  readonly error?: string;
  /** Of an intent: the policies by which it was permitted. */
  readonly policies?: readonly string[];
  /** Hash of the record before; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256 over the canonical JSON of all other members. */
  readonly hash: string;
}
