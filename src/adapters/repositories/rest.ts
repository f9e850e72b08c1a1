// How hosts of repositories are asked over HTTP: bounded, only where the engine may call, with errors that say what to mend.
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { asCodeError, CodeError } from '../../base/errors.ts';
import { parseJson } from '../../platform/guard/document/json.ts';
import type { Outbound } from '../../platform/guard/network/outbound.ts';
import { call } from '../../platform/http/call.ts';

export interface HostOptions {
  /** Of the repository, as the settings have it. */
  readonly name: string;
  /** Of the API, without a slash at its end. */
  readonly url: string;
  /** Errors: `settings_invalid`. */
  readonly token: () => Promise<string | undefined>;
  readonly outbound: Outbound;
  readonly clock: Clock;
}

export interface Rest {
  get<T>(path: string, query: Readonly<Record<string, string | number | undefined>>, shape: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** `undefined` for an answer without content. */
  post(path: string, query: Readonly<Record<string, string>>, body: unknown, signal: AbortSignal): Promise<unknown>;
}

const limits = { size: 8_000_000, depth: 40, values: 400_000 };
const timeout = 20_000;

/** `headers`: with the credential, as this host wants it. */
export function restOf(
  { name, url, token, outbound }: HostOptions,
  headers: (token: string | undefined) => Readonly<Record<string, string>>,
): Rest {
  const ask = async (method: 'GET' | 'POST', path: string, query: object, body: unknown, signal: AbortSignal): Promise<unknown> => {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(Object.fromEntries(given.map(([key, value]) => [key, String(value)]))).toString();
    const answer = await call(
      {
        method,
        url: `${url}${path}${search === '' ? '' : `?${search}`}`,
        headers: {
          accept: 'application/json',
          'user-agent': 'codectl',
          ...headers(await token()),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        timeout,
        most: limits.size,
      },
      outbound,
      signal,
    );
    if (answer.kind === 'broken')
      throw unavailable(name, `does not answer: ${answer.because}`, 'Check its url in the setting repositories, and calls_allowed.');
    if (answer.status >= 200 && answer.status < 300) return answer.text === '' ? undefined : parsed(name, answer.text);
    throw refused(name, answer.status);
  };
  return {
    get: async (path, query, shape, signal) => read(name, shape, await ask('GET', path, query, undefined, signal)),
    post: (path, query, body, signal) => ask('POST', path, query, body, signal),
  };
}

/** Errors: `outside_unavailable` for an answer of another shape. */
export function read<T>(name: string, shape: z.ZodType<T>, value: unknown): T {
  const found = shape.safeParse(value);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw unavailable(
    name,
    `answered otherwise than expected (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`,
    'Check that its kind and url fit together.',
  );
}

function parsed(name: string, text: string): unknown {
  try {
    return parseJson(text, limits, 'the answer');
  } catch (thrown) {
    throw unavailable(name, `answered with what is no JSON (${asCodeError(thrown).code})`, 'Check its url in the setting repositories.');
  }
}

function refused(name: string, status: number): CodeError {
  if (status === 404)
    return new CodeError('outside_unknown', `The host of ${name} knows no such thing (404).`, {
      hint: 'Check the name; a credential that may not see it is told the same.',
    });
  if (status === 401 || status === 403)
    return unavailable(
      name,
      `refused our credential (${status})`,
      'Put one that may read it, and for triggers run it, into the file of its token.',
    );
  if (status === 400 || status === 422)
    return new CodeError('input_invalid', `The host of ${name} refused that (${status}).`, { hint: 'Check branch, pipeline and inputs.' });
  return unavailable(name, `answered ${status}`, status === 429 ? 'Wait some minutes.' : 'Try again later.');
}

export function unavailable(name: string, what: string, hint: string): CodeError {
  return new CodeError('outside_unavailable', `The host of ${name} ${what}.`, { hint });
}

/** One segment of a path. */
export const segment = (text: string): string => encodeURIComponent(text);

const text = z.string().nullish();
export const shapes = { text, id: z.union([z.string(), z.number()]).transform(String) };

/** ISO 8601, or absent. */
export const when = (value: string | null | undefined): string | undefined =>
  value === null || value === undefined || value === '' ? undefined : value;
