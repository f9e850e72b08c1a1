// What a supervisor has yet to write down: kept in order until the store took it, so that a failed write is repeated, never forgotten.
import type { Change, Lease, Store } from '../../ports/store.ts';

export class Journal {
  readonly #store: Store;
  readonly #fence: () => Pick<Lease, 'name' | 'token'>;
  readonly #unsaved: Change[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store, fence: () => Pick<Lease, 'name' | 'token'>) {
    this.#store = store;
    this.#fence = fence;
  }

  /** Resolves once these changes, and all before them, are durable. When it rejects they are still to be written: see `flush`. */
  write(changes: readonly Change[]): Promise<void> {
    this.#unsaved.push(...changes);
    return this.flush();
  }

  /** Nothing may be done on the strength of what is not durable: call before acting. One commit at a time; what queues up shares the next. */
  flush(): Promise<void> {
    if (this.#unsaved.length === 0) return this.#writing;
    const work = this.#writing.then(() => this.#commit());
    this.#writing = work.catch(() => undefined);
    return work;
  }

  async #commit(): Promise<void> {
    const batch = this.#unsaved.splice(0);
    if (batch.length === 0) return;
    try {
      await this.#store.commit(batch, this.#fence());
    } catch (thrown) {
      this.#unsaved.unshift(...batch);
      throw thrown;
    }
  }
}
