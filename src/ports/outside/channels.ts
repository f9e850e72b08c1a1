// The socket for telling people: one message to one place, and an error when it did not get there.
import type { Notice } from '../../model/outside/notice.ts';

export interface Channel {
  /** One attempt. Errors: `outside_unavailable`. */
  send(notice: Notice, signal: AbortSignal): Promise<void>;
}
