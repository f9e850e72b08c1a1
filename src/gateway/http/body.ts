// Finds where a body ends while its bytes pass through unchanged: counted, chunked, or until the connection closes.
import { CR, hexValues, LF, tokenBytes, valueBytes } from './characters.ts';
import { HttpFault } from './fault.ts';

export interface BodyScan {
  /** Bytes of content so far, without framing. */
  received: number;
  done: boolean;
  /** After `feed`: bytes before this index are passed on as they are. */
  passUntil: number;
  /** After `feed` made it `done`: the final CRLF was not part of what is passed on and must be written. */
  needsEnd: boolean;
  /** Reads from `from`; returns the index after the last byte that belongs to the body. Throws HttpFault 400. */
  feed(bytes: Buffer, from: number, content?: Buffer[]): number;
}

export class CountedBody implements BodyScan {
  received = 0;
  done = false;
  passUntil = 0;
  readonly needsEnd = false;
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
    this.done = length === 0;
  }

  feed(bytes: Buffer, from: number, content?: Buffer[]): number {
    const end = Math.min(bytes.length, from + this.#length - this.received);
    this.received += end - from;
    this.done = this.received === this.#length;
    this.passUntil = end;
    content?.push(bytes.subarray(from, end));
    return end;
  }
}

/** A response without a length: everything until the upstream closes. */
export class UnboundedBody implements BodyScan {
  received = 0;
  done = false;
  passUntil = 0;
  readonly needsEnd = false;

  feed(bytes: Buffer, from: number, content?: Buffer[]): number {
    this.received += bytes.length - from;
    this.passUntil = bytes.length;
    content?.push(bytes.subarray(from));
    return bytes.length;
  }
}

/** Where the scanner stands in the grammar of RFC 9112 §7.1. */
const Size = 0;
const SizeDigits = 1;
const ExtensionName = 2;
const ExtensionValue = 3;
const SizeEnd = 4;
const Content = 5;
const ContentCR = 6;
const ContentLF = 7;
const TrailerStart = 8;
const TrailerName = 9;
const TrailerValue = 10;
const TrailerLF = 11;
const FinalLF = 12;

const maxDigits = 13; // 2^52: counts stay exact
const maxExtensions = 4096; // bytes of extensions in one body: nobody needs them, attackers repeat them
const maxTrailers = 8192;
const refusedTrailers = new Set(['content-length', 'transfer-encoding', 'host', 'connection', 'upgrade', 'trailer', 'te']);

/** Chunks pass unchanged; trailer fields are checked and dropped (RFC 9110 §6.5.1 allows it), so none can pose as a header. */
export class ChunkedBody implements BodyScan {
  received = 0;
  done = false;
  passUntil = 0;
  needsEnd = false;
  #state = Size;
  #size = 0;
  #digits = 0;
  #extensions = 0;
  #trailers = 0;
  #trailerName = '';
  #word = 0;

  /** Between two chunks: an end may follow here. */
  get atBorder(): boolean {
    return this.#state === Size;
  }

  feed(bytes: Buffer, from: number, content?: Buffer[]): number {
    let at = from;
    if (this.#state < TrailerStart) this.passUntil = bytes.length;
    else this.passUntil = from;
    while (at < bytes.length && !this.done) {
      if (this.#state === Content) at = this.#skipContent(bytes, at, content);
      else {
        this.#step(bytes[at] ?? 0, at);
        at++;
      }
    }
    if (this.done && !this.needsEnd) this.passUntil = at;
    return at;
  }

  #skipContent(bytes: Buffer, from: number, content: Buffer[] | undefined): number {
    const end = Math.min(bytes.length, from + this.#size);
    this.#size -= end - from;
    this.received += end - from;
    content?.push(bytes.subarray(from, end));
    if (this.#size === 0) this.#state = ContentCR;
    return end;
  }

  #step(byte: number, at: number): void {
    if (this.#state <= SizeEnd) this.#sizeLine(byte, at);
    else if (this.#state <= ContentLF) this.#contentEnd(byte);
    else this.#trailer(byte, at);
  }

  #sizeLine(byte: number, at: number): void {
    switch (this.#state) {
      case Size:
      case SizeDigits:
        this.#digit(byte);
        break;
      case SizeEnd:
        if (byte !== LF) throw badChunk('a chunk size line must end with CR LF');
        this.#endSizeLine(at);
        break;
      default:
        this.#extension(byte);
    }
  }

  #digit(byte: number): void {
    const value = hexValues[byte] ?? 255;
    if (value !== 255) {
      if (++this.#digits > maxDigits) throw badChunk('a chunk size is too large');
      this.#size = this.#size * 16 + value;
      this.#state = SizeDigits;
    } else if (this.#state === SizeDigits && byte === CR) this.#state = SizeEnd;
    else if (this.#state === SizeDigits && byte === 0x3b) this.#beginExtension();
    else throw badChunk('a chunk size is not hexadecimal');
  }

  #beginExtension(): void {
    this.#state = ExtensionName;
    this.#word = 0;
  }

  /** `;name` or `;name=token`; quoted values are legal but unused, and a place where parsers disagree: refused. */
  #extension(byte: number): void {
    if (++this.#extensions > maxExtensions) throw badChunk('chunk extensions are too long');
    if (tokenBytes[byte] === 1) this.#word++;
    else if (this.#word === 0) throw badChunk('a chunk extension is malformed');
    else if (byte === CR) this.#state = SizeEnd;
    else if (byte === 0x3b) this.#beginExtension();
    else if (byte === 0x3d && this.#state === ExtensionName) {
      this.#state = ExtensionValue;
      this.#word = 0;
    } else throw badChunk('a chunk extension is malformed');
  }

  #endSizeLine(at: number): void {
    this.#digits = 0;
    if (this.#size > 0) this.#state = Content;
    else {
      this.#state = TrailerStart;
      this.passUntil = at + 1;
    }
  }

  #contentEnd(byte: number): void {
    if (byte !== (this.#state === ContentCR ? CR : LF)) throw badChunk('a chunk is longer than its size');
    this.#state = this.#state === ContentCR ? ContentLF : Size;
  }

  #trailer(byte: number, at: number): void {
    if (++this.#trailers > maxTrailers) throw new HttpFault(431, 'trailers_too_large', 'The trailer section is larger than 8 KiB.');
    switch (this.#state) {
      case TrailerStart:
      case TrailerName:
        this.#trailerNameByte(byte);
        break;
      case TrailerValue:
        if (byte === CR) this.#state = TrailerLF;
        else if (valueBytes[byte] !== 1) throw badChunk('a trailer field is malformed');
        break;
      default:
        if (byte !== LF) throw badChunk('a trailer line must end with CR LF');
        if (this.#state === TrailerLF) this.#state = TrailerStart;
        else {
          this.done = true;
          // Passed on as it stands only if nothing was dropped and both of its bytes are in this buffer.
          this.needsEnd = this.#trailers !== 2 || this.passUntil !== at - 1;
        }
    }
  }

  #trailerNameByte(byte: number): void {
    if (byte === CR && this.#state === TrailerStart) this.#state = FinalLF;
    else if (tokenBytes[byte] === 1) {
      this.#trailerName += String.fromCharCode(byte);
      this.#state = TrailerName;
    } else if (byte === 0x3a && this.#state === TrailerName && !refusedTrailers.has(this.#trailerName.toLowerCase())) {
      this.#trailerName = '';
      this.#state = TrailerValue;
    } else throw badChunk('a trailer field is malformed or not allowed');
  }
}

function badChunk(why: string): HttpFault {
  return new HttpFault(400, 'bad_chunk', `The chunked body is malformed: ${why}.`);
}
