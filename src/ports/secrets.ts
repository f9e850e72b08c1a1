// Where the values of secrets are kept. Whoever asks gets them for a start; nothing gives one back to people.
import type { Scope } from '../model/instance.ts';
import type { SecretFacts } from '../model/secrets/secret.ts';

export interface NewSecret {
  readonly scope: Scope;
  readonly name: string;
  readonly value: string;
  readonly by: string;
}

export interface Secrets {
  /** The newest value of each name that has one; the others are left out. Errors: `secrets_locked`, `store_unavailable`. */
  values(scope: Scope, names: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** All that have a value now, in the order of scope and name. Needs no key. */
  list(): Promise<readonly SecretFacts[]>;
  /** Errors: `secrets_locked`, `write_conflict`, `unsupported` where others keep the values, those of `Store.commit`. */
  set(secret: NewSecret): Promise<SecretFacts>;
  /** Errors: as `set`, and `secret_unknown`. */
  remove(scope: Scope, name: string, by: string): Promise<SecretFacts>;
  /** Another key for everything; a crash in the middle loses nothing. Errors: as `set`. */
  rotate(): Promise<Rotation>;
}

export interface Rotation {
  /** Ids of the engine's keys, which give nothing away. */
  readonly from?: string;
  readonly to: string;
  /** Versions whose keys were wrapped anew. */
  readonly rewrapped: number;
}
