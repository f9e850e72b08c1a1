// One connection of a generator of load: sends a request, reads its answer to the end, and is free for the next.
import type { Socket } from 'node:net';
import { Chunks } from './chunks.ts';
import type { Flight } from './flight.ts';
import type { AnswerHead } from './head.ts';
import { inChunks, readHead, untilEnd } from './head.ts';
import type { Listening } from './stream.ts';
import { listeningTo } from './stream.ts';

export interface WireOwner {
  /** It may be used again. */
  free(wire: Wire): void;
  gone(wire: Wire): void;
}

/** Of a head that does not end. */
const longestHead = 64 * 1024;
const headsKept = 64;

export class Wire {
  readonly #owner: WireOwner;
  readonly #socket: Socket;
  #flight: Flight | undefined;
  #head: AnswerHead | undefined;
  #partial: Buffer | undefined;
  #left = 0;
  #chunks: Chunks | undefined;
  #stream: Listening | undefined;
  #pieces: Buffer[] = [];
  #gone = false;
  /** `performance.now()` of its last answer. */
  idleSince = 0;

  /** `socket`: connecting or open; its bytes are handed to `take` by whoever made it. */
  constructor(owner: WireOwner, socket: Socket) {
    this.#owner = owner;
    this.#socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => this.fail(error.code ?? error.message));
    socket.on('end', () => this.#ended());
    socket.on('close', () => {
      this.fail('ECONNRESET');
      this.#leave();
    });
  }

  send(flight: Flight): void {
    flight.wire = this;
    this.#flight = flight;
    this.#socket.write(flight.outgoing.text, 'latin1');
  }

  /** The bytes are the caller's: what is needed later is copied. */
  take(bytes: Buffer): void {
    const flight = this.#flight;
    // Nothing was asked: whatever this is, the next answer would not be the next one.
    if (flight === undefined) return this.close();
    if (this.#stream !== undefined) return this.#listen(this.#stream, bytes);
    if (this.#head === undefined) this.#takeHead(flight, this.#partial === undefined ? bytes : Buffer.concat([this.#partial, bytes]));
    else this.#takeBody(flight, this.#head, bytes, 0);
  }

  /** Ends it, and what is under way on it. */
  fail(because: string): void {
    const flight = this.#flight;
    this.#clear();
    this.#socket.destroy();
    flight?.broken(because, performance.now());
  }

  close(): void {
    this.#socket.destroy();
  }

  #takeHead(flight: Flight, bytes: Buffer): void {
    const end = bytes.indexOf('\r\n\r\n', 0, 'latin1');
    if (end === -1) {
      if (bytes.length > longestHead) return this.fail('the head of the answer does not end');
      this.#partial = Buffer.from(bytes);
      return;
    }
    this.#partial = undefined;
    const head = headOf(flight, bytes.toString('latin1', 0, end));
    if (head === undefined) return this.fail('the answer is not HTTP/1.1');
    if (head.status < 200 && head.status !== 101) return this.#afterInterim(flight, bytes.subarray(end + 4));
    this.#head = head;
    this.#stream = listeningTo(flight.outgoing, head, this.#socket);
    if (this.#stream !== undefined) return this.#listen(this.#stream, bytes.subarray(end + 4));
    if (head.length === inChunks) this.#chunks = new Chunks(flight.outgoing.keepsBody ? (piece) => this.#keep(piece) : undefined);
    this.#left = head.length;
    this.#takeBody(flight, head, bytes, end + 4);
  }

  #afterInterim(flight: Flight, rest: Buffer): void {
    if (rest.length > 0) this.#takeHead(flight, rest);
  }

  #takeBody(flight: Flight, head: AnswerHead, bytes: Buffer, from: number): void {
    if (this.#chunks !== undefined) {
      const end = this.#chunks.feed(bytes, from);
      if (this.#chunks.broken) return this.fail('the chunks of the answer are broken');
      if (this.#chunks.done) this.#finish(flight, head, end === bytes.length);
      return;
    }
    if (flight.outgoing.keepsBody && from < bytes.length) this.#keep(bytes.subarray(from));
    if (head.length === untilEnd) return;
    this.#left -= bytes.length - from;
    if (this.#left <= 0) this.#finish(flight, head, this.#left === 0);
  }

  #listen(stream: Listening, bytes: Buffer): void {
    const heard = stream.feed(bytes);
    const [flight, head] = [this.#flight, this.#head];
    if (heard === undefined || flight === undefined || head === undefined) return;
    if (heard.broken !== undefined) return this.fail(heard.broken);
    this.#pieces = [Buffer.from(heard.text ?? '')];
    this.#finish(flight, head, false);
  }

  #ended(): void {
    const [flight, head] = [this.#flight, this.#head];
    this.#leave();
    if (flight !== undefined && head?.length === untilEnd && this.#stream === undefined) this.#finish(flight, head, false);
  }

  /** It is not to be used again. */
  #leave(): void {
    if (!this.#gone) this.#owner.gone(this);
    this.#gone = true;
  }

  #finish(flight: Flight, head: AnswerHead, clean: boolean): void {
    const now = performance.now();
    const body = this.#pieces.length === 0 ? '' : Buffer.concat(this.#pieces).toString();
    const streams = this.#stream !== undefined;
    this.#clear();
    this.idleSince = now;
    if (clean && head.stays) this.#owner.free(this);
    else if (streams) this.#socket.destroy();
    else this.#socket.end();
    flight.answered(head, body, now);
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(Buffer.from(piece));
  }

  #clear(): void {
    if (this.#flight !== undefined) this.#flight.wire = undefined;
    this.#flight = undefined;
    this.#head = undefined;
    this.#partial = undefined;
    this.#chunks = undefined;
    this.#stream = undefined;
    if (this.#pieces.length > 0) this.#pieces = [];
  }
}

function headOf({ outgoing }: Flight, text: string): AnswerHead | undefined {
  const known = outgoing.heads.get(text);
  if (known !== undefined) return known;
  const head = readHead(text, outgoing.bodiless);
  if (outgoing.heads.size >= headsKept) outgoing.heads.clear();
  if (head !== undefined) outgoing.heads.set(text, head);
  return head;
}
