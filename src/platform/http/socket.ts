// A WebSocket to another engine's HTTP API (RFC 6455), over the same links as its requests: the built-in one takes no certificates of ours.
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { request as plainRequest, secureRequest } from '../node-http.ts';
import type { LinkAnswer, LinkRequest, LinkTarget } from './link.ts';
import { answerOf, optionsOf } from './link.ts';

export interface SocketRequest extends Pick<LinkRequest, 'path' | 'query' | 'headers'> {
  /** Subprotocols, the most wanted first. */
  readonly protocols: readonly string[];
}

export interface LinkSocket {
  /** The one that the server chose. */
  readonly protocol: string;
  /** As they come; ends when the server closes it, and throws when the connection breaks. Leaving the loop early closes it. */
  readonly messages: AsyncIterable<Buffer>;
  close(): void;
}

export type Opened = { readonly kind: 'open'; readonly socket: LinkSocket } | { readonly kind: 'refused'; readonly answer: LinkAnswer };

/** RFC 6455, 1.3. */
const salt = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const opcode = { more: 0x0, close: 0x8, ping: 0x9, pong: 0xa } as const;
/** A longer message is not for us: memory is bounded, whatever the other side sends. */
const longest = 16 * 2 ** 20;

/** Rejects with the system's error, or with the signal's reason; the signal ends an open one, too. */
export async function openSocket(target: LinkTarget, { protocols, ...request }: SocketRequest, signal: AbortSignal): Promise<Opened> {
  signal.throwIfAborted();
  const key = randomBytes(16).toString('base64');
  const headers = {
    ...request.headers,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': key,
    'sec-websocket-version': '13',
    'sec-websocket-protocol': protocols.join(', '),
  };
  const send = target.kind === 'tcp' && target.tls ? secureRequest : plainRequest;
  const call = send({ ...optionsOf(target, { ...request, method: 'GET', headers }, undefined), signal });
  const opened = new Promise<Opened>((resolve, reject) => {
    call.once('response', (answer) => resolve({ kind: 'refused', answer: answerOf(answer, signal) }));
    call.once('upgrade', (answer, stream, head) => {
      if (answer.headers['sec-websocket-accept'] === createHash('sha1').update(`${key}${salt}`).digest('base64'))
        return resolve({ kind: 'open', socket: socketOf(answer, stream, head, signal) });
      stream.destroy();
      reject(new Error('whoever answered does not speak WebSocket'));
    });
    call.on('error', reject);
  });
  call.end();
  try {
    return await opened;
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  }
}

function socketOf({ headers }: IncomingMessage, stream: Duplex, head: Buffer, signal: AbortSignal): LinkSocket {
  const end = () => void stream.destroy();
  signal.addEventListener('abort', end, { once: true });
  // Told to whoever reads; between two reads nobody listens.
  stream.on('error', () => undefined);
  stream.on('close', () => signal.removeEventListener('abort', end));
  return { protocol: headers['sec-websocket-protocol'] ?? '', messages: messagesOf(stream, head, signal), close: end };
}

async function* messagesOf(stream: Duplex, head: Buffer, signal: AbortSignal): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  try {
    for await (const { code, last, bytes } of framesOf(stream, head)) {
      if (code === opcode.ping) stream.write(frame(opcode.pong, bytes));
      if (code === opcode.close) return void stream.write(frame(opcode.close, bytes));
      if (code >= opcode.close) continue;
      if (code !== opcode.more) parts = [];
      parts.push(bytes);
      if (parts.reduce((sum, one) => sum + one.length, 0) > longest) throw new Error('a message is longer than 16 MiB');
      if (last) yield Buffer.concat(parts);
    }
    signal.throwIfAborted();
    throw new Error('the connection broke before its end was told');
  } finally {
    stream.destroy();
  }
}

interface Frame {
  readonly code: number;
  readonly last: boolean;
  readonly bytes: Buffer;
}

async function* framesOf(stream: Duplex, head: Buffer): AsyncGenerator<Frame> {
  let rest = head;
  for (let taken = take(rest); ; taken = take(rest)) {
    if (taken) {
      rest = rest.subarray(taken.size);
      yield taken;
      continue;
    }
    const chunk = await next(stream);
    if (!chunk) return;
    rest = Buffer.concat([rest, chunk]);
  }
}

/** `undefined`: it has ended. Errors: the stream's own. */
function next(stream: Duplex): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      stream.off('readable', look).off('end', ended).off('close', ended).off('error', failed);
      settle();
    };
    const ended = () => done(() => resolve(undefined));
    const failed = (error: Error) => done(() => reject(error));
    const look = () => {
      const chunk: unknown = stream.read();
      if (Buffer.isBuffer(chunk)) done(() => resolve(chunk));
      else if (stream.readableEnded || stream.destroyed) ended();
    };
    stream.on('readable', look).on('end', ended).on('close', ended).on('error', failed);
    look();
  });
}

/** The first whole frame; `size` is its length with its head. */
function take(bytes: Buffer): (Frame & { readonly size: number }) | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const begin = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < begin) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (length > longest) throw new Error('a frame is longer than 16 MiB');
  if (bytes.length < begin + length) return undefined;
  const first = bytes.readUInt8(0);
  return { code: first & 0x0f, last: (first & 0x80) !== 0, bytes: bytes.subarray(begin, begin + length), size: begin + length };
}

/** Of a control frame: short, and masked as all that a client sends. */
function frame(code: number, bytes: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(bytes.map((one, index) => one ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([Buffer.of(0x80 | code, 0x80 | bytes.length), mask, masked]);
}
