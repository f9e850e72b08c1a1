// Who calls: whoever may open this machine's socket, the bearer of a token, somebody who logged in, or nobody who is known.
import { isSessionSecret } from '../access/identity/sessions.ts';
import type { Throttle } from '../access/throttle.ts';
import { CodeError } from '../base/errors.ts';
import type { Audience, Principal } from '../model/principal.ts';
import type { Services } from './services.ts';

/**
 * How the caller showed who it is; surfaces only carry it here. A session's secret comes as a bearer's, or out of a cookie.
 * `from`: the address, or network, that it came from; `at`: the door, where it is not that of the API.
 */
export type Credential = Shown & {
  /** The conversation of a program that decides by itself: who says so may do less, never more. */
  readonly run?: string;
};

type Shown =
  | { readonly kind: 'local'; readonly user: string }
  /** `certificate`: the connection was opened with that of the token with this id. */
  | { readonly kind: 'bearer'; readonly token: string; readonly from?: string; readonly certificate?: string; readonly at?: Audience }
  /** `token`: the id of the token that the client's certificate stands for. */
  | { readonly kind: 'certificate'; readonly token: string; readonly from?: string; readonly at?: Audience }
  | { readonly kind: 'none'; readonly from?: string };

type Keepers = Pick<Services, 'tokens' | 'sessions'>;

const everything = ['read', 'plan', 'write', 'destroy'] as const;

/** Who calls what everybody may call: no policy is asked about him. */
export const nobody: Principal = { id: 'nobody', kind: 'person', effects: [] };

export interface Throttles {
  readonly throttle: Throttle;
  /** Of one address; absent: where everybody comes from one. */
  readonly strangers?: Throttle | undefined;
}

/** Errors: `unauthenticated`, `rate_limited`. */
export async function callerOf(credential: Credential, keepers: Keepers, throttles: Throttles): Promise<Principal> {
  const known = await knownBy(credential, keepers, throttles);
  return credential.run === undefined ? known : { ...known, run: credential.run };
}

async function knownBy(credential: Credential, keepers: Keepers, { throttle, strangers }: Throttles): Promise<Principal> {
  if (credential.kind === 'local')
    return { id: `user:${credential.user}`, kind: 'local_user', effects: everything, grants: [{ role: 'admin' }] };
  const principal = await holderOf(credential, keepers);
  const { at = 'api' } = credential.kind === 'none' ? {} : credential;
  if (principal && (principal.audience ?? at) === at) return principal;
  // Whoever is not known draws from one bucket, so that guessing is slow; it must not be the bucket of those who are.
  if (credential.from !== undefined) strangers?.take(`callers without a valid token from ${credential.from}`);
  throttle.take('callers without a valid token');
  throw principal?.audience === undefined ? unknownError(credential) : elsewhereError(principal.audience);
}

/** Whether what somebody calls with still counts: of an answer that goes on, each part is for whoever may have it then. */
export async function isStillKnown({ kind, token }: Principal, { tokens, sessions }: Keepers): Promise<boolean> {
  if (token === undefined) return true;
  return kind === 'person' ? sessions.isLive(token) : tokens.isLive(token);
}

async function holderOf(
  credential: Exclude<Shown, { readonly kind: 'local' }>,
  { tokens, sessions }: Keepers,
): Promise<Principal | undefined> {
  if (credential.kind === 'none') return undefined;
  if (credential.kind === 'certificate') return tokens.recognise(credential.token);
  const { token, certificate } = credential;
  if (certificate !== undefined && !(await tokens.isLive(certificate))) return undefined;
  return isSessionSecret(token) ? sessions.authenticate(token) : tokens.authenticate(token);
}

function elsewhereError(audience: Audience): CodeError {
  return new CodeError('unauthenticated', `This token counts at ${audience === 'mcp' ? '/mcp' : 'the API (/v1)'} only.`, {
    hint: 'Use it there, or make one without an audience with "codectl token create".',
  });
}

function unknownError(credential: Credential): CodeError {
  if (credential.kind === 'bearer' && isSessionSecret(credential.token))
    return new CodeError('unauthenticated', 'This session is over: its time has passed, or it was ended.', {
      hint: 'Log in again: "codectl login", or /login in the browser.',
    });
  if (credential.kind === 'certificate')
    return new CodeError('unauthenticated', 'The token that this certificate stands for is unknown, expired or revoked.', {
      hint: 'Make a new one with "codectl token create", and a certificate for it with "codectl token certify".',
    });
  if (credential.kind === 'bearer')
    return new CodeError('unauthenticated', 'The token is unknown, expired or revoked.', {
      hint: 'Make a new one with "codectl token create".',
    });
  return new CodeError('unauthenticated', 'This call needs a token.', {
    hint: 'Send "Authorization: Bearer …"; "codectl token create" makes one, and people log in with "codectl login".',
  });
}
