// A request on its way: what is sent, and who is told what became of it.
import type { AnswerHead } from './head.ts';

export interface Outgoing {
  /** The whole request, one character a byte. */
  readonly text: string;
  /** Its answer has no body whatever its head says (HEAD). */
  readonly bodiless: boolean;
  /** Somebody will look at the body of the answer. */
  readonly keepsBody: boolean;
  readonly protocol: 'http' | 'websocket' | 'events';
  /** To be sent once a WebSocket is open. */
  readonly message?: string;
  /** Heads seen lately: most answers begin like one before. */
  readonly heads: Map<string, AnswerHead>;
}

export interface Flight {
  readonly outgoing: Outgoing;
  /** Set while it is out; the client's own. */
  wire: { fail(because: string): void } | undefined;
  /** Epoch of `performance.now()`; the client's own. */
  deadline: number;
  /** `now`: when the last byte came. `body`: where it was asked for. */
  answered(head: AnswerHead, body: string, now: number): void;
  /** `because`: the system's code (`ECONNRESET`), `timeout`, or what was wrong with the answer. */
  broken(because: string, now: number): void;
}
