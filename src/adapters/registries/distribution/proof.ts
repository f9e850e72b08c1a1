// Who we are to a registry: its challenge says whether it wants a login, or a token that somebody else hands out for one.
import { z } from 'zod';
import { jsonIn } from '../../../base/json.ts';
import type { Duration } from '../../../base/units.ts';
import { entryOf, readLogins } from '../../../model/container/logins.ts';
import { readFileIfExists } from '../../../platform/files.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import { call } from '../../../platform/http/call.ts';
import { isLoopback } from '../../../platform/loopback.ts';

export interface ProofRequest {
  readonly outbound: Outbound;
  readonly logins?: string;
  readonly registry: string;
  readonly patience: Duration;
}

const handed = z.looseObject({ token: z.string().optional(), access_token: z.string().optional() });

/** For `Authorization`; `undefined`: we have nothing to show. Errors: `settings_invalid`. */
export async function proofFor(request: ProofRequest, challenge: string, signal: AbortSignal): Promise<string | undefined> {
  const login = await loginTo(request);
  if (/^basic\b/i.test(challenge)) return login;
  const url = tokenUrl(challenge);
  return url === undefined ? undefined : tokenFrom(url, login, request, signal);
}

async function tokenFrom(url: string, login: string | undefined, { patience, outbound }: ProofRequest, signal: AbortSignal) {
  const headers: Readonly<Record<string, string>> = login === undefined ? {} : { authorization: login };
  const answer = await call({ method: 'GET', url, headers, timeout: patience, most: 2 ** 20 }, outbound, signal);
  if (answer.kind !== 'answer' || answer.status !== 200) return undefined;
  const { token, access_token } = handed.safeParse(jsonIn(answer.text)).data ?? {};
  const found = token ?? access_token;
  return found === undefined ? undefined : `Bearer ${found}`;
}

/** Where a token is handed out. A login is told to nobody over a line that others hear. */
function tokenUrl(challenge: string): string | undefined {
  const realm = /^bearer\b/i.test(challenge) ? (wordIn(challenge, 'realm') ?? '') : '';
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (!url || (url.protocol !== 'https:' && !isLoopback(url.hostname))) return undefined;
  for (const name of ['service', 'scope']) {
    const value = wordIn(challenge, name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

function wordIn(challenge: string, name: string): string | undefined {
  return new RegExp(`[\\s,]${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
}

async function loginTo({ logins, registry }: ProofRequest): Promise<string | undefined> {
  if (logins === undefined) return undefined;
  const { auths } = await readLogins(logins, readFileIfExists);
  const auth = entryOf(auths, registry)?.[1].auth ?? '';
  return auth === '' ? undefined : `Basic ${auth}`;
}
