// Answers that do not end by themselves: a WebSocket is answered by its first message, a stream of events by its first event.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Chunks } from './chunks.ts';
import type { Outgoing } from './flight.ts';
import type { AnswerHead } from './head.ts';
import { fieldOf, inChunks } from './head.ts';

export interface Listening {
  /** Undefined: not yet. */
  feed(bytes: Buffer): { readonly text?: string; readonly broken?: string } | undefined;
}

/** So much is read for the first event or message. */
const most = 1024 * 1024;

/** Undefined: the answer is an ordinary one, and ends by itself. */
export function listeningTo({ protocol, message }: Outgoing, head: AnswerHead, socket: Socket): Listening | undefined {
  if (protocol === 'websocket' && head.status === 101) {
    if (message === undefined) return { feed: () => ({ text: '' }) };
    socket.write(textFrame(message));
    return new FirstMessage(socket);
  }
  const isEvents = protocol === 'events' && head.status === 200 && fieldOf(head.text, 'content-type')?.startsWith('text/event-stream');
  return isEvents ? new FirstEvent(head.length === inChunks) : undefined;
}

class FirstEvent implements Listening {
  readonly #chunks: Chunks | undefined;
  #text = '';

  constructor(chunked: boolean) {
    this.#chunks = chunked ? new Chunks((piece) => this.#add(piece)) : undefined;
  }

  feed(bytes: Buffer): ReturnType<Listening['feed']> {
    if (this.#chunks === undefined) this.#add(bytes);
    else this.#chunks.feed(bytes, 0);
    const blocks = this.#text.split(/\r?\n\r?\n/).slice(0, -1);
    const event = blocks.find((one) => /^data:/m.test(one));
    if (event !== undefined) return { text: event };
    if (this.#chunks?.broken === true) return { broken: 'the chunks of the answer are broken' };
    if (this.#chunks?.done === true) return { broken: 'the stream ended before its first event' };
    return this.#text.length > most ? { broken: 'there was no event in the first MiB' } : undefined;
  }

  #add(piece: Buffer): void {
    this.#text += piece.toString();
  }
}

/** RFC 6455, 5.2; what a server sends is not masked. */
class FirstMessage implements Listening {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  feed(bytes: Buffer): ReturnType<Listening['feed']> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (let frame = firstFrame(this.#rest); frame !== undefined; frame = firstFrame(this.#rest)) {
      this.#rest = this.#rest.subarray(frame.size);
      if (frame.opcode === 0x9) this.#socket.write(maskedFrame(0x8a, frame.content));
      else if (frame.opcode === 0x8) return { broken: 'the WebSocket was closed before it answered' };
      else if (frame.opcode < 0x3) return { text: frame.content.toString() };
    }
    return this.#rest.length > most ? { broken: 'the message is longer than 1 MiB' } : undefined;
  }
}

interface Frame {
  readonly opcode: number;
  readonly content: Buffer;
  readonly size: number;
}

function firstFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const begin = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < begin) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < begin + length) return undefined;
  return { opcode: bytes.readUInt8(0) & 0x0f, content: bytes.subarray(begin, begin + length), size: begin + length };
}

function textFrame(text: string): Buffer {
  return maskedFrame(0x81, Buffer.from(text));
}

function maskedFrame(first: number, content: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(content.map((one, index) => one ^ (mask[index % 4] ?? 0)));
  const { length } = content;
  const extended = length < 126 ? Buffer.alloc(0) : Buffer.alloc(length < 65_536 ? 2 : 8);
  if (extended.length === 2) extended.writeUInt16BE(length);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length));
  const short = length < 126 ? length : length < 65_536 ? 126 : 127;
  return Buffer.concat([Buffer.of(first, 0x80 | short), extended, mask, masked]);
}
