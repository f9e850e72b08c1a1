// Who we are to a registry: its challenge says whether it wants a login, or a token that somebody else hands out for one.
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
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

const config = z.looseObject({ auths: z.record(z.string(), z.looseObject({ auth: z.string().optional() })).default({}) });
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
  const text = await readFileIfExists(logins);
  const read = text === undefined ? undefined : config.safeParse(jsonIn(text)).data;
  // What it says is not repeated: it holds passwords.
  if (!read)
    throw new CodeError('settings_invalid', `docker_config: ${logins} is not a file as docker login writes it.`, {
      hint: 'Name the config.json that docker login writes for the user of the daemon, or take docker_config out of the settings.',
    });
  const auth = Object.entries(read.auths).find(([name]) => hostOf(name) === registry)?.[1].auth ?? '';
  return auth === '' ? undefined : `Basic ${auth}`;
}

/** Keys may be URLs; the one of docker.io is an old one. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
