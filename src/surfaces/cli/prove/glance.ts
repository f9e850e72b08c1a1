// A line that is redrawn in place on a terminal while a trial runs; elsewhere it is not shown.
import { visibleWithColours } from '../../../platform/guard/text.ts';
import type { Out } from '../out.ts';

const clearLine = '\r\u001B[2K';

export class Glance {
  readonly #out: Out;
  #line = '';

  constructor(out: Out) {
    this.#out = out;
  }

  show(line: string): void {
    if (!this.#out.live) return;
    this.#line = line;
    this.#out.raw(`${clearLine}${visibleWithColours(line.slice(0, this.#out.columns - 1))}`);
  }

  /** A line that stays. */
  above(line: string): void {
    if (this.#line !== '') this.#out.raw(clearLine);
    this.#out.note(line);
    if (this.#line !== '') this.show(this.#line);
  }

  end(): void {
    if (this.#line !== '') this.#out.raw(clearLine);
    this.#line = '';
  }
}
