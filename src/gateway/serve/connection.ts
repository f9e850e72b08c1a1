// One client connection: cuts the byte stream into requests, serves them one after the other, and closes without losing an answer.
import type { Socket } from 'node:net';
import { HttpFault, ownAnswer } from '../http/fault.ts';
import { headEnd } from '../http/fields.ts';
import type { RequestHead } from '../http/request.ts';
import { RequestReader } from '../http/request.ts';
import { readInto } from './accepted.ts';
import { Exchange } from './exchange.ts';
import type { ClientSide, Plane, Refusal } from './plane.ts';
import type { Tunnel } from './tunnel.ts';

/** How much of the requests that follow is kept while one is served. */
const readAhead = 64 * 1024;
/** After our FIN: how long the client's remaining bytes are read and dropped, so that no RST overtakes the answer. */
const lingerFor = 2_000;
/** For a client that reads the last answer slowly: how long without an end of our sending. */
const lastAnswerWithin = 300_000;
const empty: Buffer = Buffer.alloc(0);

export class ClientConnection implements ClientSide {
  readonly socket: Socket;
  /** The client's IP address. */
  readonly address: string;
  readonly secure: boolean;
  /** Monotonic milliseconds. */
  deadline: number;
  readonly #plane: Plane;
  #pending = empty;
  #searched = 0;
  readonly #reader = new RequestReader();
  #exchange: Exchange | undefined;
  #tunnel: Tunnel | undefined;
  #lingering = false;
  #ended = false;
  #answers = 0;
  #serving = false;
  #forwardedHost = '';
  #forwarded = '';

  /** `accepted` as it comes from the server, paused or (`secure`) by TLS; from then on only `socket` may be used. */
  constructor(accepted: Socket, plane: Plane, gone: (connection: ClientConnection) => void, secure = false) {
    const read = (bytes: Buffer): void => this.#read(bytes);
    // What TLS has decrypted comes in buffers of its own.
    const socket = secure ? accepted.on('data', read) : readInto(accepted, read);
    this.socket = socket;
    this.secure = secure;
    this.#plane = plane;
    this.address = clientAddress(socket);
    this.deadline = performance.now() + plane.limits.headTimeout;
    socket.on('drain', () => this.#drained());
    socket.on('end', () => this.#clientEnded());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#exchange?.clientGone();
      this.#tunnel?.clientGone();
      gone(this);
    });
  }

  get #isFree(): boolean {
    return this.#exchange === undefined && this.#tunnel === undefined && !this.#lingering;
  }

  /** Nothing of a request has come since the last answer was written whole. */
  get idle(): boolean {
    return this.#isFree && this.#pending.length === 0 && this.socket.writableLength === 0;
  }

  /** Of an idle one. A newcomer that has not spoken yet is nearer to its deadline, and yet idle for less time. */
  get idleSince(): number {
    const { headTimeout, keepAlive } = this.#plane.limits;
    return this.deadline - (this.#answers === 0 ? headTimeout : keepAlive);
  }

  get strict(): boolean {
    const host = this.#exchange?.request.host;
    return this.secure && host !== undefined && this.#plane.secure?.isStrict(host) === true;
  }

  get keepAlive(): boolean {
    return !this.#plane.closing && !this.#ended && this.#exchange?.request.keepAlive === true;
  }

  expectWithin(ms: number, now = performance.now()): void {
    this.deadline = now + ms;
  }

  /** Called by the gateway's sweep once the deadline has passed. */
  deadlineReached(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    if (this.#tunnel !== undefined) this.#tunnel.deadlineReached();
    else if (this.#lingering) this.socket.destroy();
    else if (this.#exchange !== undefined) this.#exchange.deadlineReached();
    else if (this.#pending.length > 0) this.#reject(new HttpFault(408, 'head_timeout', 'The request head did not come in time.'));
    else this.#linger();
  }

  /** Some instance's drain time is over; if the request is there, it ends now. */
  drainOver(): void {
    this.#exchange?.drainOver();
  }

  /** The gateway stops: a connection without a request has nothing to wait for. */
  closeIfIdle(): void {
    if (this.#isFree) this.#linger();
  }

  forwardedFor(host: string): string {
    if (host !== this.#forwardedHost) {
      const { address } = this;
      // RFC 7239 §6: an IPv6 address stands in brackets and quotes; a host with a port in quotes.
      const node = address.includes(':') ? `"[${address}]"` : address;
      const quoted = /^[\w.-]+$/.test(host) ? host : `"${host}"`;
      const scheme = this.secure ? 'https' : 'http';
      this.#forwardedHost = host;
      this.#forwarded =
        `X-Forwarded-For: ${address}\r\nX-Forwarded-Proto: ${scheme}\r\nX-Forwarded-Host: ${host}\r\n` +
        `Forwarded: for=${node};host=${quoted};proto=${scheme}\r\n`;
    }
    return this.#forwarded;
  }

  answered(keep: boolean, now?: number): void {
    this.#exchange = undefined;
    this.#answers++;
    if (!keep || this.#ended || this.#plane.closing) {
      this.#linger();
      return;
    }
    const { keepAlive, headTimeout } = this.#plane.limits;
    const more = this.#pending.length > 0;
    this.expectWithin(more ? headTimeout : keepAlive, now);
    if (!this.#serving && (more || this.socket.isPaused())) this.#serve();
  }

  refuse(refusal: Refusal): void {
    const exchange = this.#exchange;
    const keepAlive = this.keepAlive && exchange?.requestDone === true;
    const headOnly = exchange?.request.method === 'HEAD';
    const { strict } = this;
    this.socket.write(ownAnswer({ ...refusal, strict, keepAlive, headOnly, requestId: exchange?.requestId ?? '' }), 'latin1');
    this.answered(keepAlive);
  }

  breakOff(): void {
    this.#exchange = undefined;
    this.socket.destroy();
  }

  becomeTunnel(tunnel: Tunnel): void {
    this.#exchange = undefined;
    this.#tunnel = tunnel;
    const early = this.#pending;
    this.#pending = empty;
    this.socket.resume();
    if (early.length > 0) tunnel.fromClient(early);
  }

  /** Only a head that came before, whole and alone, leaves nothing behind in the space that it was read into. */
  #read(bytes: Buffer): void {
    const head = this.#isFree && this.#pending.length === 0 && !this.socket.writableNeedDrain ? this.#reader.again(bytes) : undefined;
    if (head === undefined) this.#data(Buffer.from(bytes));
    else {
      this.#exchange = new Exchange(this, this.#plane, head, performance.now());
      this.#exchange.start();
    }
  }

  #data(chunk: Buffer): void {
    if (this.#tunnel !== undefined) this.#tunnel.fromClient(chunk);
    else if (this.#lingering) return;
    else if (this.#exchange !== undefined) this.#bodyOrNext(this.#exchange, chunk);
    else {
      const first = this.#pending.length === 0;
      this.#pending = first ? chunk : Buffer.concat([this.#pending, chunk]);
      this.#serve();
      // What is served has a deadline of its own.
      if (first && this.#isFree && this.#pending.length > 0) this.expectWithin(this.#plane.limits.headTimeout);
    }
  }

  #bodyOrNext(exchange: Exchange, chunk: Buffer): void {
    const end = exchange.requestDone ? 0 : exchange.takeBody(chunk, 0);
    if (end === chunk.length) return;
    const rest = end === 0 ? chunk : chunk.subarray(end);
    this.#pending = this.#pending.length === 0 ? rest : Buffer.concat([this.#pending, rest]);
    if (this.#pending.length > readAhead) this.socket.pause();
  }

  /** Serves what is pending, one request at a time; a client that does not read its answers gets no further one made. */
  #serve(): void {
    this.#serving = true;
    while (this.#exchange === undefined && this.#tunnel === undefined && !this.#lingering && !this.socket.writableNeedDrain) {
      const exchange = this.#nextExchange();
      if (exchange === undefined) break;
      this.#exchange = exchange;
      const rest = this.#pending;
      this.#pending = empty;
      if (!exchange.requestDone && rest.length > 0) this.#bodyOrNext(exchange, rest);
      else this.#pending = rest;
      // A malformed body may have ended the exchange before it began.
      if (this.#exchange === exchange) exchange.start();
    }
    this.#serving = false;
    if (this.#exchange === undefined && this.#tunnel === undefined) this.socket.resume();
  }

  /** Cuts the next request head off what is pending. Undefined while it is incomplete, or after it was refused. */
  #nextExchange(): Exchange | undefined {
    try {
      const request = this.#nextHead();
      return request && new Exchange(this, this.#plane, request, performance.now());
    } catch (thrown) {
      this.#reject(thrown);
      return undefined;
    }
  }

  #nextHead(): RequestHead | undefined {
    const bytes = this.#pending;
    // RFC 9112 §2.2: an empty line before a request is ignored; more than one is noise.
    const from = bytes.length >= 2 && bytes[0] === 0x0d && bytes[1] === 0x0a ? 2 : 0;
    if (bytes.length === from) return undefined;
    const { maxHead } = this.#plane.limits;
    const end = headEnd(bytes, Math.max(from, this.#searched));
    if (end === -1 ? bytes.length > maxHead : end - from > maxHead)
      throw new HttpFault(431, 'head_too_large', `The request head is larger than ${maxHead} bytes.`);
    if (end === -1) {
      this.#searched = bytes.length;
      return undefined;
    }
    this.#searched = 0;
    this.#pending = end === bytes.length ? empty : bytes.subarray(end);
    return this.#reader.read(bytes, from, end);
  }

  #reject(thrown: unknown): void {
    const fault = thrown instanceof HttpFault ? thrown : new HttpFault(500, 'internal', 'The gateway failed on this request.');
    const { status, reason, message } = fault;
    this.socket.write(ownAnswer({ status, reason, message, keepAlive: false, headOnly: false, requestId: '' }), 'latin1');
    this.#linger();
  }

  #linger(): void {
    if (this.#lingering) return;
    this.#lingering = true;
    this.#pending = empty;
    this.socket.resume();
    this.expectWithin(lastAnswerWithin);
    this.socket.end(() => {
      if (this.#ended) this.socket.destroy();
      else this.expectWithin(lingerFor);
    });
  }

  #drained(): void {
    if (this.#tunnel !== undefined) this.#tunnel.clientDrained();
    else if (this.#exchange !== undefined) this.#exchange.clientDrained();
    else if (!this.#lingering) this.#serve();
  }

  /**
   * FIN from the client. One that said it would send no more (`Connection: close`, HTTP/1.0) still waits for its answer;
   * any other has hung up, and the upstream should not work on for nobody.
   */
  #clientEnded(): void {
    this.#ended = true;
    if (this.#tunnel !== undefined) this.#tunnel.clientEnded();
    else if (this.#lingering) return;
    else if (this.#exchange === undefined) this.#linger();
    else if (!this.#exchange.requestDone || this.#exchange.request.keepAlive) this.socket.destroy();
  }
}

export function clientAddress(socket: Socket): string {
  return (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
}

/** Answers a connection that is one too many, without reading from it. */
export function turnAway(socket: Socket): void {
  const refusal = { status: 503, reason: 'too_many_connections', message: 'The gateway has as many connections as it may have.' };
  socket.on('error', () => socket.destroy());
  socket.end(ownAnswer({ ...refusal, keepAlive: false, headOnly: false, requestId: '' }), 'latin1', () => socket.destroy());
}
