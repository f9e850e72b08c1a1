// The socket for telling somebody else: one signed HTTP POST, and what came of it.
import type { Duration } from '../base/units.ts';

export interface Webhooks {
  /** What receivers verify with: `whsec_` and 32 bytes in base64. Confidential. */
  readonly key: string;
  /**
   * One attempt, until the answer's head is there or `timeout` is over; redirects are not followed. Signed as Standard Webhooks 1.0 has it:
   * `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature` (`v1,` and HMAC-SHA256 over `id.timestamp.body`, base64).
   * Never throws but for the signal.
   */
  send(message: WebhookMessage, signal: AbortSignal): Promise<WebhookAnswer>;
}

export interface WebhookMessage {
  /** The same in every attempt: receivers drop what they know. */
  readonly id: string;
  readonly url: string;
  readonly body: string;
  readonly timeout: Duration;
}

export type WebhookAnswer =
  | { readonly kind: 'answer'; readonly status: number }
  /** `because`: the system's code (`ECONNREFUSED`), or `timeout`. */
  | { readonly kind: 'broken'; readonly because: string };
