// Finds the end of a chunked body (RFC 9112, 7.1), and hands on what is in it.

const lineFeed = 0x0a;
/** A line that says how long a chunk is, and a trailer's, may be so long. */
const longestLine = 16 * 1024;

export class Chunks {
  readonly #take: ((bytes: Buffer) => void) | undefined;
  /** Left of the chunk's bytes, its line end among them. */
  #left = 0;
  #line = '';
  #inTrailer = false;
  done = false;
  broken = false;

  constructor(take: ((bytes: Buffer) => void) | undefined) {
    this.#take = take;
  }

  /** The index after what belongs to this body. */
  feed(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.done && !this.broken) at = this.#left > 0 ? this.#skip(bytes, at) : this.#readLine(bytes, at);
    return at;
  }

  #skip(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    // The last two bytes of a chunk are its line end.
    const content = this.#left >= 2 ? end : Math.max(at, end - (2 - this.#left));
    if (content > at) this.#take?.(bytes.subarray(at, content));
    return end;
  }

  #readLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(lineFeed, at);
    this.#line += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
    if (this.#line.length > longestLine) this.broken = true;
    if (end === -1) return bytes.length;
    this.#told(this.#line.trimEnd());
    this.#line = '';
    return end + 1;
  }

  #told(line: string): void {
    if (this.#inTrailer) {
      this.done = line === '';
      return;
    }
    const size = /^[0-9a-f]{1,8}(?=$|[;\s])/i.exec(line)?.[0];
    if (size === undefined) this.broken = true;
    else if (Number.parseInt(size, 16) === 0) this.#inTrailer = true;
    else this.#left = Number.parseInt(size, 16) + 2;
  }
}
