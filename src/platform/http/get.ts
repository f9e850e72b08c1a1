// One GET of a short text from an address that somebody configured: says what came back, or how it broke.
import { systemErrorCode } from '../../base/errors.ts';
import type { Bytes, Duration } from '../../base/units.ts';

export interface Get {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  /** A longer answer is refused. */
  readonly most: Bytes;
}

export type Got =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  /** `because`: the system's code (`ECONNREFUSED`), `timeout`, or `longer than … bytes`. */
  | { readonly kind: 'broken'; readonly because: string };

/** Redirects are answers, not followed. Rejects with the signal's reason only. */
export async function get({ url, headers = {}, timeout, most }: Get, signal: AbortSignal): Promise<Got> {
  const late = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.any([signal, late]) });
    const text = await readAtMost(response, most);
    if (text === undefined) return { kind: 'broken', because: `longer than ${most} bytes` };
    return { kind: 'answer', status: response.status, text };
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: 'broken', because: late.aborted ? 'timeout' : reasonOf(thrown) };
  }
}

async function readAtMost({ body }: Response, most: Bytes): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > most) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** `fetch` hides the system's error in its cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return systemErrorCode(thrown.cause) ?? (thrown.cause instanceof Error ? thrown.cause.message : thrown.message);
}
