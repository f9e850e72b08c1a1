// One POST to an address that somebody configured: says what came back, or how it broke.
import { systemErrorCode } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeout: Duration;
}

export type Posted = { readonly kind: 'answer'; readonly status: number } | { readonly kind: 'broken'; readonly because: string };

/** Redirects are answers, not followed: what was signed for one place is not told to another. Rejects with the signal's reason. */
export async function post({ url, headers, body, timeout }: Post, signal: AbortSignal): Promise<Posted> {
  const late = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.any([signal, late]) });
    await response.body?.cancel();
    return { kind: 'answer', status: response.status };
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: 'broken', because: late.aborted ? 'timeout' : reasonOf(thrown) };
  }
}

/** `fetch` hides the system's error in its cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return systemErrorCode(thrown.cause) ?? (thrown.cause instanceof Error ? thrown.cause.message : thrown.message);
}
