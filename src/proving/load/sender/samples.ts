// Many small numbers in little memory: two bytes a sample.

export class Samples {
  #values = new Uint16Array(64);
  #count = 0;

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const wider = new Uint16Array(this.#count * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  /** What there is, and from now on nothing. */
  take(): Uint16Array {
    const taken = this.#values.slice(0, this.#count);
    this.#count = 0;
    return taken;
  }
}
