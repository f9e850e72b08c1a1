// When a generator's process sends its next request: by the schedule that all of them know.

/** Where requests come from: the time of the next one, or that there will be none. Milliseconds since the start. */
export interface Source {
  /** Infinity: none is due before something is answered, or ever. */
  readonly next: number;
  /** Whether there can be any more. */
  readonly over: boolean;
  /** Takes the next. */
  advance(): void;
  /** One was answered at that time. */
  answered(at: number): void;
}

/** Every so-many-th of the times that all processes know. */
export class Schedule implements Source {
  readonly #times: Iterator<number, unknown>;
  readonly #of: number;
  next = Number.POSITIVE_INFINITY;
  over = false;

  constructor(times: Iterator<number, unknown>, index: number, of: number) {
    this.#times = times;
    this.#of = of;
    this.#skip(index + 1);
  }

  advance(): void {
    this.#skip(this.#of);
  }

  answered(): void {
    // Nobody waits for anybody.
  }

  #skip(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      const step = this.#times.next();
      this.over = step.done === true;
      this.next = typeof step.value === 'number' && !this.over ? step.value : Number.POSITIVE_INFINITY;
      if (this.over) return;
    }
  }
}
