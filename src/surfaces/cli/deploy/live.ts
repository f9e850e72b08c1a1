// Rows that are redrawn in place on a terminal.
import { visibleWithColours } from '../../../platform/guard/text.ts';
import type { Out } from '../out.ts';
import { type Progress, rows } from './progress.ts';

const redrawEvery = 100;
const clearLine = '\u001B[2K';
const clearBelow = '\u001B[J';
const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';

export class LiveRows {
  readonly #out: Out;
  readonly #progress: () => Progress;
  readonly #timer: NodeJS.Timeout;
  #drawn = 0;
  #frame = 0;

  constructor(out: Out, progress: () => Progress) {
    this.#out = out;
    this.#progress = progress;
    out.raw(hideCursor);
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), redrawEvery);
  }

  /** A line that stays, above the rows. */
  above(text: string): void {
    this.#draw(text);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#out.raw(showCursor);
  }

  #draw(line?: string): void {
    const { columns, paint } = this.#out;
    const lines = rows(this.#progress(), { now: Date.now(), frame: this.#frame, columns, paint });
    const up = this.#drawn === 0 ? '' : `\u001B[${this.#drawn}A`;
    // A line of any length may wrap over old rows; short rows are only rewritten, which does not flicker.
    const above = line === undefined ? '' : `${clearBelow}${visibleWithColours(line)}\n`;
    this.#out.raw(`${up}\r${above}${lines.map((one) => `${clearLine}${visibleWithColours(one)}\n`).join('')}`);
    this.#drawn = lines.length;
    this.#frame += 1;
  }
}
