// What chats take by a POST to a secret address.
import { CodeError } from '../../base/errors.ts';
import type { Notice } from '../../model/outside/notice.ts';
import type { Outbound } from '../../platform/guard/network/outbound.ts';
import { call } from '../../platform/http/call.ts';

export interface ChatOptions {
  /** Of the channel, as the settings have it. */
  readonly name: string;
  /** The address is the credential. Errors: `settings_invalid`. */
  readonly url: () => Promise<string>;
  readonly outbound: Outbound;
}

const timeout = 15_000;

/** Errors: `outside_unavailable`, without the address. */
export async function post({ name, url, outbound }: ChatOptions, body: unknown, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json', 'user-agent': 'codectl' };
  const answer = await call(
    { method: 'POST', url: await url(), headers, body: JSON.stringify(body), timeout, most: 10_000 },
    outbound,
    signal,
  );
  if (answer.kind === 'broken') throw unsent(name, `it does not answer: ${answer.because}`);
  if (answer.status < 200 || answer.status >= 300) throw unsent(name, `it answered ${answer.status}`);
}

export function unsent(name: string, because: string): CodeError {
  return new CodeError('outside_unavailable', `Nothing was sent to ${name}: ${because}.`, {
    hint: 'Check it in the setting channels; calls_allowed must permit its host.',
  });
}

/** Each message says who sends it. */
export function signature({ from, id, severity }: Notice): string {
  return `${severity} · by ${from} through CODE · ${id}`;
}
