// People who log in: what a provider vouches for, what follows from it, and what is kept of a session.
import type { Duration } from '../../base/units.ts';
import type { Grant } from '../principal.ts';

/** What a provider vouches for, after every check of it. */
export interface Identity {
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The provider's own name of the account (`sub`), which it never gives to anybody else. */
  readonly subject: string;
  /** The claim that people are called by; verified, where it is an address of e-mail. */
  readonly name: string;
  /** Verified. */
  readonly email?: string;
  readonly groups: readonly string[];
}

/** Who of a provider's people may log in, and what they get. Nobody gets anything that is not said here. */
export interface LoginRules {
  readonly provider: string;
  /** Domains of e-mail, one of which is needed; empty: any. */
  readonly domains: readonly string[];
  /** Groups, one of which is needed; empty: any. */
  readonly groups: readonly string[];
  readonly roles: readonly RoleRule[];
}

/** A role for the members of a group, for one person, or for everybody who may log in. */
export interface RoleRule {
  readonly grant: Grant;
  readonly group?: string | undefined;
  readonly person?: string | undefined;
  readonly everybody?: true | undefined;
}

export interface SessionLimits {
  /** Without a call for so long it ends. */
  readonly idle: Duration;
  /** It ends after so long, whatever happens. */
  readonly life: Duration;
}

/** How somebody logged in: by a code typed elsewhere (RFC 8628), or in this browser (RFC 6749, 4.1). */
export type LoginWay = 'device' | 'browser';

/** A session as it is kept: its secret only as a hash, and what was vouched for, from which its rights follow anew at every call. */
export interface SessionRecord {
  readonly id: string;
  /** SHA-256 of the whole secret; 256 bits of entropy need no slow hash. */
  readonly hash: string;
  /** Id of the principal: `person:alice@example.org`. */
  readonly person: string;
  readonly identity: Identity;
  readonly way: LoginWay;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Noted once a minute. */
  readonly lastUsedAt: number;
  /** `left`: by its own bearer; `revoked`: by somebody who no longer trusts it. */
  readonly ended?: { readonly at: number; readonly by: string; readonly why: 'left' | 'revoked' };
}

/** Whose a name is: the first account that came with it keeps it, or a name that a provider gives again would bring what it could do. */
export interface PersonRecord {
  readonly name: string;
  readonly provider: string;
  readonly subject: string;
  readonly since: number;
}
