// Bytes as they come, taken in the sizes that a reader wants; nothing is kept longer than it is read.

/** What may still be read before whoever sends it is not believed any more: of headers of files, and of bytes. */
export interface Budget {
  entries: number;
  bytes: number;
}

export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #budget: Budget;
  #held: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>, budget: Budget) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#budget = budget;
  }

  /** At least one byte and at most so many; `undefined` at the end. Throws when the budget is spent. */
  async some(most: number): Promise<Uint8Array | undefined> {
    if (this.#held.length === 0 && !(await this.#more())) return undefined;
    const taken = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  /** Exactly so many, or what is left of them at the end. */
  async take(size: number): Promise<Uint8Array> {
    await this.#fill(size);
    const taken = this.#held.subarray(0, size);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  /** The same, and they stay to be read. */
  async peek(size: number): Promise<Uint8Array> {
    await this.#fill(size);
    return this.#held.subarray(0, size);
  }

  /** Everything that comes, to the end. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.some(2 ** 20); chunk; chunk = await this.some(2 ** 20)) yield chunk;
  }

  async #fill(size: number): Promise<void> {
    const pieces = [this.#held];
    let length = this.#held.length;
    while (length < size) {
      this.#held = new Uint8Array();
      if (!(await this.#more())) break;
      pieces.push(this.#held);
      length += this.#held.length;
    }
    this.#held = pieces.length === 1 ? this.#held : Buffer.concat(pieces);
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      this.#budget.bytes -= value.length;
      if (this.#budget.bytes < 0) throw new Error('it is larger than anything that is read here');
      this.#held = value;
      return true;
    }
  }
}
