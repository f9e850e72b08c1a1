// Keeps a number of WebSockets open, as patient clients would: one that was told to go comes back, one that was cut is counted.
import { systemClock } from '../../base/clock.ts';
import type { OpenWebSocket } from '../../platform/web-socket.ts';
import { openWebSocket } from '../../platform/web-socket.ts';

export interface SocketsReport {
  readonly opened: number;
  /** Ended by the other side with a close code that asks to come back (1000, 1001, 1012). */
  readonly dismissed: number;
  /** Broken without one of these, or refused when opened. */
  readonly broken: number;
}

const polite: ReadonlySet<number> = new Set([1000, 1001, 1012]);
const retryEvery = 50;

export class Sockets {
  readonly #url: string;
  readonly #ending = new AbortController();
  readonly #open = new Set<OpenWebSocket>();
  readonly #seats: readonly Promise<void>[];
  #opened = 0;
  #dismissed = 0;
  #broken = 0;

  constructor(url: string, count: number) {
    this.#url = url;
    this.#seats = Array.from({ length: count }, () => this.#sit());
  }

  /** How many are open now. */
  get open(): number {
    return this.#open.size;
  }

  async stop(): Promise<SocketsReport> {
    this.#ending.abort();
    for (const one of this.#open) one.close();
    await Promise.all(this.#seats);
    return { opened: this.#opened, dismissed: this.#dismissed, broken: this.#broken };
  }

  async #sit(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const socket = await openWebSocket(this.#url);
      if (socket === undefined) {
        this.#broken += 1;
        await systemClock.sleep(retryEvery, signal).catch(() => undefined);
        continue;
      }
      this.#opened += 1;
      this.#open.add(socket);
      if (signal.aborted) socket.close();
      const code = await socket.closed;
      this.#open.delete(socket);
      if (signal.aborted) return;
      if (polite.has(code)) this.#dismissed += 1;
      else this.#broken += 1;
    }
  }
}
