// The queue of a service whose instances have as much to do as they may: whoever came first gets the next free place.
export interface Queued {
  /** A place may be free; whoever takes it leaves the queue. */
  reconsider(): void;
}

export class Places {
  readonly #queue = new Set<Queued>();
  #told = false;

  get waiting(): number {
    return this.#queue.size;
  }

  has(one: Queued): boolean {
    return this.#queue.has(one);
  }

  join(one: Queued): void {
    this.#queue.add(one);
  }

  leave(one: Queued): void {
    this.#queue.delete(one);
  }

  /** Something ended at an instance. Those who wait are told after it is over and done with: they may end at once, too. */
  freed(): void {
    if (this.#told || this.#queue.size === 0) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      // Each in turn: the first may want another release than the one that has a place.
      for (const one of Array.from(this.#queue)) one.reconsider();
    });
  }
}
