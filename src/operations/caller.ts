// Who calls: whoever may open this machine's socket, the bearer of a token, somebody who logged in, or nobody who is known.
import { isSessionSecret } from '../access/identity/sessions.ts';
import type { Throttle } from '../access/throttle.ts';
import { CodeError } from '../base/errors.ts';
import type { Principal } from '../model/principal.ts';
import type { Services } from './services.ts';

/** How the caller showed who it is; surfaces only carry it here. A session's secret comes as a bearer's, or out of a cookie. */
export type Credential =
  | { readonly kind: 'local'; readonly user: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'none' };

type Keepers = Pick<Services, 'tokens' | 'sessions'>;

const everything = ['read', 'plan', 'write', 'destroy'] as const;

/** Who calls what everybody may call: no policy is asked about him. */
export const nobody: Principal = { id: 'nobody', kind: 'person', effects: [] };

/** Errors: `unauthenticated`, `rate_limited`. */
export async function callerOf(credential: Credential, keepers: Keepers, throttle: Throttle): Promise<Principal> {
  if (credential.kind === 'local')
    return { id: `user:${credential.user}`, kind: 'local_user', effects: everything, grants: [{ role: 'admin' }] };
  const principal = credential.kind === 'bearer' ? await bearerOf(credential.token, keepers) : undefined;
  if (principal) return principal;
  // Whoever is not known draws from one bucket, so that guessing is slow; it must not be the bucket of those who are.
  throttle.take('callers without a valid token');
  throw unknownError(credential);
}

/** Whether what somebody calls with still counts: of an answer that goes on, each part is for whoever may have it then. */
export async function isStillKnown({ kind, token }: Principal, { tokens, sessions }: Keepers): Promise<boolean> {
  if (token === undefined) return true;
  return kind === 'person' ? sessions.isLive(token) : tokens.isLive(token);
}

function bearerOf(secret: string, { tokens, sessions }: Keepers): Promise<Principal | undefined> {
  return isSessionSecret(secret) ? sessions.authenticate(secret) : tokens.authenticate(secret);
}

function unknownError(credential: Credential): CodeError {
  if (credential.kind === 'bearer' && isSessionSecret(credential.token))
    return new CodeError('unauthenticated', 'This session is over: its time has passed, or it was ended.', {
      hint: 'Log in again: "codectl login", or /login in the browser.',
    });
  if (credential.kind === 'bearer')
    return new CodeError('unauthenticated', 'The token is unknown, expired or revoked.', {
      hint: 'Make a new one with "codectl token create".',
    });
  return new CodeError('unauthenticated', 'This call needs a token.', {
    hint: 'Send "Authorization: Bearer …"; "codectl token create" makes one, and people log in with "codectl login".',
  });
}
