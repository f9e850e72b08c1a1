// What is asked of the policies, and what they answer.
import type { Principal } from '../../model/principal.ts';
import type { OwnPolicies } from './own.ts';
import type { Facts, Place } from './question.ts';
import type { Action } from './schema.ts';
import type { PolicyDescription } from './sets.ts';

export type Permission = Allowed | Refused;

export interface Allowed {
  readonly allowed: true;
  /** Ids of the policies that permit it. */
  readonly policies: readonly string[];
}

export interface Refused {
  readonly allowed: false;
  /** One sentence. */
  readonly reason: string;
  /** Ids of the policies that forbid it; empty: nothing permits it. */
  readonly policies: readonly string[];
  /** So many people's approval, in all, would lift it. */
  readonly approvals?: number;
}

/** Variations of a question, for those who try policies out. */
export interface Variation {
  /** Instead of now, in milliseconds since the epoch. */
  readonly at?: number;
  /** Instead of the policies of one's own that are in force. Errors: `policy_invalid`. */
  readonly own?: string;
}

export interface Authority {
  /** Whether it could be permitted anywhere, before it is known on what; the last word has `permit`. */
  conceivable(principal: Principal, action: Action): Promise<Permission>;
  permit(principal: Principal, action: Action, place: Place, facts?: Facts, variation?: Variation): Promise<Permission>;
  /** The policies of these ids, as they stand in a permission. */
  describe(ids: readonly string[], variation?: Variation): Promise<readonly PolicyDescription[]>;
  /** All that are in force. */
  list(): Promise<{ readonly own: OwnPolicies; readonly all: readonly PolicyDescription[] }>;
  /** Checks policies and, unless they are only tried, puts them in force. Errors: `policy_invalid`, upon which those before stay. */
  replace(text: string, file: string, by: Principal, dryRun: boolean): Promise<{ readonly count: number }>;
  /** Counts a rollback of somebody who may not go back as often as he likes. Errors: `denied`. */
  spendRollback(principal: Principal): Promise<void>;
  readonly actions: readonly Action[];
  /** What policies can speak of, in Cedar's notation. */
  readonly schema: string;
}
