// A process of our own program that answers messages, one after the other.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';

export class Colleague {
  readonly #process: ChildProcess;

  /** `entry`: the file that it runs. */
  constructor(entry: string) {
    // The leader of a session, because Linux may share the processor between sessions; it ends when nobody speaks with it any more.
    this.#process = fork(entry, { serialization: 'advanced', detached: true });
  }

  /** Resolves with its next message. Rejects when it ends instead. */
  async ask(message: object | string): Promise<unknown> {
    return this.#answer(message);
  }

  /** The same without asking. */
  async next(): Promise<unknown> {
    return this.#answer();
  }

  async #answer(message?: object | string): Promise<unknown> {
    const over = new AbortController();
    const { signal } = over;
    const answer = once(this.#process, 'message', { signal }).then(([told]) => told as unknown);
    const end = once(this.#process, 'exit', { signal }).then(([code]) => {
      throw new Error(`the process of ${this.#process.spawnargs.at(-1)} ended by itself (${code})`);
    });
    // The one that is not waited for any more is broken off.
    for (const one of [answer, end]) one.catch(() => undefined);
    if (message !== undefined) this.#process.send(message);
    try {
      return await Promise.race([answer, end]);
    } finally {
      over.abort();
    }
  }

  /** Says something without waiting for an answer. */
  tell(message: object | string): void {
    if (this.#process.connected) this.#process.send(message);
  }

  /** Hands on whatever it says from now on, and that it ended. The returned function ends this. */
  listen(heard: (message: unknown) => void, ended: (code: number | null) => void): () => void {
    this.#process.on('message', heard).on('exit', ended);
    return () => void this.#process.off('message', heard).off('exit', ended);
  }

  /** It hears that nobody speaks with it any more. */
  leave(): void {
    this.#process.disconnect();
  }
}
