// Those who want to know when events were appended; told after the commit, apart from it.

export class Listeners {
  readonly #listeners = new Set<() => void>();

  /** Each call is a subscription of its own, also of the same function. */
  add(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** In a microtask each: a listener that throws is a defect that must be seen, but what was committed stays committed. */
  tell(): void {
    for (const listener of this.#listeners)
      queueMicrotask(() => {
        if (this.#listeners.has(listener)) listener();
      });
  }

  clear(): void {
    this.#listeners.clear();
  }
}
