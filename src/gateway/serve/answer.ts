// Passes one response from an upstream to the client: interim responses, head, body; as it comes, nothing is collected.
import type { Socket } from 'node:net';
import type { BodyScan } from '../http/body.ts';
import { ChunkedBody, CountedBody, UnboundedBody } from '../http/body.ts';
import { HttpFault, strictTransport } from '../http/fault.ts';
import type { RequestHead } from '../http/request.ts';
import type { ReadHead, ResponseHead } from '../http/response.ts';
import { parseResponseHead } from '../http/response.ts';
import type { ClientSide } from './plane.ts';

const maxHead = 64 * 1024;
const maxInterim = 16;
/** Up to here head and body leave in one piece of text: one write costs less than two. */
const joinBelow = 8 * 1024;
const opening = Buffer.from('HTTP/1.');
const lineEnd = Buffer.from('\r\n');

export class Answer {
  head: ResponseHead | undefined;
  /** Something of the final response reached the client. */
  begun = false;
  done = false;
  /** Any byte came from the upstream. */
  heard = false;
  /** The upstream's connection may serve another request after this one. */
  reusable = false;
  keepClient = true;
  /** Field lines of ours, each with its CRLF. */
  extra = '';
  /** After a 101: what the upstream already sent in the new protocol. */
  upgraded: Buffer | undefined;
  readonly #client: ClientSide;
  readonly #socket: Socket;
  readonly #request: RequestHead;
  #partial: Buffer | undefined;
  #body: BodyScan | undefined;
  #unwrap = false;
  #interim = 0;

  constructor(client: ClientSide, request: RequestHead) {
    this.#client = client;
    this.#socket = client.socket;
    this.#request = request;
  }

  /** Bytes of an incomplete head are kept. */
  get partial(): boolean {
    return this.#partial !== undefined;
  }

  /** Takes what the upstream sent. False when the client should be waited for. Throws HttpFault when the upstream breaks the protocol. */
  feed(chunk: Buffer, read: ReadHead = parseResponseHead): boolean {
    this.heard = true;
    if (this.#body !== undefined) return this.#pass('', chunk, 0, this.#body);
    const bytes = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]);
    const from = this.#readHeads(bytes, read);
    return from === -1 || this.head === undefined ? true : this.#begin(this.head, bytes, from);
  }

  /** The upstream's connection ended. True when that is how this response ends. */
  ended(clean: boolean): boolean {
    if (!clean || !(this.#body instanceof UnboundedBody)) return false;
    this.done = true;
    return true;
  }

  /** Ends an event stream in the application's place; false when this is none, or when it stands in the midst of a chunk. */
  endStream(): boolean {
    const body = this.#body;
    if (this.head?.eventStream !== true || body === undefined || body.done || body instanceof CountedBody) return false;
    if (body instanceof ChunkedBody && !this.#unwrap) {
      if (!body.atBorder) return false;
      this.#socket.write('0\r\n\r\n', 'latin1');
    }
    this.done = true;
    return true;
  }

  /** Index after the final head, -1 while it is incomplete. Interim heads are passed on by the way. */
  #readHeads(bytes: Buffer, read: ReadHead): number {
    let at = 0;
    for (;;) {
      const found = bytes.indexOf('\r\n\r\n', at, 'latin1');
      if (found === -1) {
        this.#partial = at === 0 ? bytes : bytes.subarray(at);
        checkBeginning(this.#partial);
        return -1;
      }
      const head = read(at === 0 ? bytes : bytes.subarray(at), found + 4 - at);
      at = found + 4;
      if (head.status >= 200 || head.status === 101) {
        this.head = head;
        this.#partial = undefined;
        return at;
      }
      this.#passInterim(head);
    }
  }

  #passInterim(head: ResponseHead): void {
    if (++this.#interim > maxInterim) throw new HttpFault(502, 'bad_response', 'The service sent too many interim responses.');
    const wanted = head.status === 100 ? this.#request.expectsContinue : this.#request.minor === 1;
    if (wanted) this.#socket.write(`HTTP/1.1 ${head.statusLine}\r\n${head.fields}\r\n`, 'latin1');
  }

  #begin(head: ResponseHead, bytes: Buffer, from: number): boolean {
    if (head.status === 101) return this.#upgrade(head, bytes.subarray(from));
    const bodiless = this.#request.method === 'HEAD' || head.status === 204 || head.status === 304;
    const body = bodiless ? new CountedBody(0) : bodyOf(head);
    this.#unwrap = head.chunked && !bodiless && this.#request.minor === 0;
    this.keepClient = this.#client.keepAlive && !this.#unwrap && !(body instanceof UnboundedBody);
    this.reusable = head.keepAlive && !(body instanceof UnboundedBody);
    this.#body = body;
    return this.#pass(this.#rendered(head), bytes, from, body);
  }

  /** What most answers get is the same for the same head. */
  #rendered(head: ResponseHead): string {
    const { strict } = this.#client;
    if (!head.repeated || !this.keepClient || this.#request.minor === 0 || this.extra !== '' || strict) return this.#headText(head, strict);
    if (head.rendered === '') head.rendered = Buffer.from(this.#headText(head, false), 'latin1').toString('latin1');
    return head.rendered;
  }

  #upgrade(head: ResponseHead, rest: Buffer): boolean {
    if (this.#request.upgrade === '' || head.upgrade.toLowerCase() !== this.#request.upgrade.toLowerCase())
      throw new HttpFault(502, 'bad_response', 'The service changed to a protocol that was not asked for.');
    this.begun = true;
    this.upgraded = rest;
    return this.#socket.write(
      `HTTP/1.1 ${head.statusLine}\r\n${head.fields}${this.extra}Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n\r\n`,
      'latin1',
    );
  }

  /** What the application says of strictness itself counts more. */
  #headText(head: ResponseHead, strict: boolean): string {
    let framing = '';
    // RFC 9112 §6.1: not in a 204 (nor a 304 of ours, which says less), and never to HTTP/1.0.
    if (head.chunked)
      framing = this.#request.minor === 0 || head.status === 204 || head.status === 304 ? '' : 'Transfer-Encoding: chunked\r\n';
    else if (head.length !== -1 && head.status !== 204) framing = `Content-Length: ${head.length}\r\n`;
    const connection = this.keepClient ? (this.#request.minor === 0 ? 'Connection: keep-alive\r\n' : '') : 'Connection: close\r\n';
    const tls = strict && !/^strict-transport-security:/im.test(head.fields) ? strictTransport : '';
    return `HTTP/1.1 ${head.statusLine}\r\n${head.fields}${this.extra}${tls}${framing}${connection}\r\n`;
  }

  #pass(headText: string, bytes: Buffer, from: number, body: BodyScan): boolean {
    const content: Buffer[] | undefined = this.#unwrap ? [] : undefined;
    const end = from < bytes.length && !body.done ? body.feed(bytes, from, content) : from;
    // Bytes after the end of a response belong to nothing: the connection cannot be trusted with another request.
    if (end < bytes.length) this.reusable = false;
    this.begun = true;
    this.done = body.done;
    if (content !== undefined) return this.#write(headText, content);
    const until = end > from ? body.passUntil : from;
    if (this.done && body.needsEnd) return this.#write(headText, [bytes.subarray(from, until), lineEnd]);
    return this.#writeInPlace(headText, bytes, from, until);
  }

  /** The head that leaves is seldom longer than the one that came, so it fits in front of the body: one write, and nothing is copied. */
  #writeInPlace(headText: string, bytes: Buffer, from: number, until: number): boolean {
    const start = from - headText.length;
    if (start === until) return true;
    if (start < 0) return this.#write(headText, [bytes.subarray(from, until)]);
    if (headText !== '') bytes.write(headText, start, 'latin1');
    // What went out at once needs no drain, however much it was.
    const whole = start === 0 && until === bytes.length;
    return this.#socket.write(whole ? bytes : bytes.subarray(start, until)) || this.#socket.writableLength === 0;
  }

  #write(headText: string, pieces: readonly Buffer[]): boolean {
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined && first.length <= joinBelow)
      return this.#socket.write(headText + first.toString('latin1'), 'latin1');
    this.#socket.cork();
    if (headText !== '') this.#socket.write(headText, 'latin1');
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
    return !this.#socket.writableNeedDrain;
  }
}

export function bodyOf(head: ResponseHead): BodyScan {
  if (head.chunked) return new ChunkedBody();
  return head.length === -1 ? new UnboundedBody() : new CountedBody(head.length);
}

/** Finds out early that what comes is no HTTP, instead of waiting for an end that never comes. */
function checkBeginning(bytes: Buffer): void {
  const seen = Math.min(bytes.length, opening.length);
  if (bytes.length > maxHead || opening.compare(bytes, 0, seen, 0, seen) !== 0)
    throw new HttpFault(502, 'bad_response', 'The service does not speak HTTP/1.1, or its response head is larger than 64 KiB.');
}
