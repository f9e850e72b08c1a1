// Reads one output file line by line, across its rotations; bytes that are no UTF-8 are replaced, endless lines are cut.
import { readAt, sizeOf } from '../../../../platform/process/read-at.ts';
import { partNumbers } from '../../../../platform/process/rotate.ts';

const chunkBytes = 64 * 1024;
/** A longer line comes in pieces: memory is bounded, whatever a program writes. */
const longestLine = 64 * 1024;
const lineFeed = 0x0a;

export interface Lines {
  readonly lines: readonly string[];
  /** Whether the next call may have more without anybody writing. */
  readonly more: boolean;
}

/** Each call is one turn of the event loop, like the step of a rotation that moves content: it sees a file before or after, never in between. */
export class LogReader {
  readonly #path: string;
  /** The old part that is read; one more than the newest part's number means the current file. */
  #part: number;
  #offset = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
    this.#part = partNumbers(path)[0] ?? 1;
  }

  /** Begins with the last `count` lines instead of the first. */
  seekTail(count: number): void {
    const oldest = this.#part;
    this.#part = this.#current();
    this.#offset = sizeOf(this.#path);
    let missing = count;
    let atEnd = true;
    for (;;) {
      const { start, piece } = this.#pieceBefore();
      if (piece.length === 0) {
        if (this.#part <= oldest) return;
        this.#part -= 1;
        this.#offset = sizeOf(this.#file());
        continue;
      }
      // The line feed at the very end closes the last line and begins none.
      let at = atEnd && piece.at(-1) === lineFeed ? piece.length - 1 : piece.length;
      atEnd = false;
      if (count === 0) return;
      while (at > 0) {
        at = piece.lastIndexOf(lineFeed, at - 1);
        if (at < 0) break;
        missing -= 1;
        if (missing === 0) return void (this.#offset = start + at + 1);
      }
      this.#offset = start;
    }
  }

  /** The next whole lines; those of one chunk at most. */
  read(): Lines {
    const [part, current] = [this.#part, this.#current()];
    // Writers cannot be followed into parts that are gone.
    const oldest = partNumbers(this.#path)[0] ?? current;
    if (part < oldest) [this.#part, this.#offset] = [oldest, 0];
    if (this.#part === current && sizeOf(this.#path) < this.#offset) this.#offset = 0;
    const chunk = readAt(this.#file(), this.#offset, chunkBytes);
    this.#offset += chunk.length;
    if (chunk.length > 0) return { lines: this.#cut(chunk), more: true };
    if (this.#part >= current) return { lines: [], more: false };
    [this.#part, this.#offset] = [this.#part + 1, 0];
    return { lines: [], more: true };
  }

  /** What was written after the last line feed, once nobody will write more. */
  end(): readonly string[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length > 0 ? [textOf(rest)] : [];
  }

  #cut(chunk: Buffer): readonly string[] {
    let buffer = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const lines: string[] = [];
    for (let end = buffer.indexOf(lineFeed); end >= 0 || buffer.length > longestLine; end = buffer.indexOf(lineFeed)) {
      const whole = end >= 0 && end <= longestLine;
      const length = whole ? end : characterBorder(buffer, longestLine);
      lines.push(textOf(buffer.subarray(0, length)));
      buffer = buffer.subarray(whole ? length + 1 : length);
    }
    this.#rest = buffer;
    return lines;
  }

  #pieceBefore(): { readonly start: number; readonly piece: Buffer } {
    const start = Math.max(0, this.#offset - chunkBytes);
    return { start, piece: readAt(this.#file(), start, this.#offset - start) };
  }

  #current(): number {
    return (partNumbers(this.#path).at(-1) ?? 0) + 1;
  }

  #file(): string {
    return this.#part === this.#current() ? this.#path : `${this.#path}.${this.#part}`;
  }
}

function textOf(bytes: Buffer): string {
  const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
  return bytes.toString('utf8', 0, end);
}

/** At most `at`, and not inside a character: continuation bytes of UTF-8 begin with the bits 10, at most three in a row. */
function characterBorder(bytes: Buffer, at: number): number {
  let border = at;
  while (border > at - 3 && ((bytes[border] ?? 0) & 0xc0) === 0x80) border -= 1;
  return border;
}
