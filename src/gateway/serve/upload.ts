// The request's way to the upstream: head and body bytes, kept while there is no connection yet, passed with back-pressure after.
import type { Bytes } from '../../base/units.ts';
import type { BodyScan } from '../http/body.ts';
import { ChunkedBody, CountedBody } from '../http/body.ts';
import { HttpFault } from '../http/fault.ts';
import type { RequestHead } from '../http/request.ts';
import type { Link } from '../routing/link.ts';
import type { ClientSide } from './plane.ts';

/** How much of a body is read ahead while the request waits for an upstream. */
const readAhead = 64 * 1024;
const joinBelow = 8 * 1024;
const lineEnd = Buffer.from('\r\n');

export class Upload {
  readonly #client: ClientSide;
  readonly #request: RequestHead;
  readonly #body: BodyScan | undefined;
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  #link: Link | undefined;

  constructor(client: ClientSide, request: RequestHead) {
    this.#client = client;
    this.#request = request;
    if (request.chunked) this.#body = new ChunkedBody();
    else if (request.length > 0) this.#body = new CountedBody(request.length);
  }

  get done(): boolean {
    return this.#body === undefined || this.#body.done;
  }

  /** Takes body bytes from `from`; returns the index after the last that belongs to this request. Throws HttpFault 400, 413, 431. */
  take(bytes: Buffer, from: number, maxBody: Bytes): number {
    const body = this.#body;
    if (body === undefined || body.done) return from;
    const end = body.feed(bytes, from);
    if (body.received > maxBody) throw tooLarge(maxBody);
    if (body.passUntil > from) this.#forward(from === 0 && body.passUntil === bytes.length ? bytes : bytes.subarray(from, body.passUntil));
    if (body.done && body.needsEnd) this.#forward(lineEnd);
    return end;
  }

  /** Checks what is known of the size before a byte is sent. */
  admit(maxBody: Bytes): void {
    if (this.#request.length > maxBody || (this.#body?.received ?? 0) > maxBody) throw tooLarge(maxBody);
  }

  /** Sends the head, then what was read ahead; from now on the body flows. */
  send(link: Link, requestId: string): void {
    this.#link = link;
    const head = this.#head(link, requestId);
    const { socket } = link;
    const unsent = this.#unsent;
    this.#unsent = [];
    this.#unsentBytes = 0;
    const first = unsent[0];
    if (first === undefined) {
      socket.write(head, 'latin1');
      return;
    }
    if (unsent.length === 1 && first.length <= joinBelow) socket.write(head + first.toString('latin1'), 'latin1');
    else {
      socket.cork();
      socket.write(head, 'latin1');
      for (const piece of unsent) socket.write(piece);
      socket.uncork();
    }
    if (!socket.writableNeedDrain) this.#client.socket.resume();
  }

  #forward(piece: Buffer): void {
    if (this.#link === undefined) {
      this.#unsent.push(piece);
      this.#unsentBytes += piece.length;
      if (this.#unsentBytes > readAhead) this.#client.socket.pause();
    } else if (!this.#link.socket.write(piece)) this.#client.socket.pause();
  }

  /** For a head that comes again, only the request's id is new, and it stands last. */
  #head(link: Link, requestId: string): string {
    const request = this.#request;
    if (!request.repeated || request.host === '') return this.#headText(link, requestId);
    // By way of a buffer, because it becomes one piece in memory.
    if (request.rendered === '') request.rendered = Buffer.from(this.#headText(link, ''), 'latin1').toString('latin1', 0).slice(0, -4);
    return `${request.rendered}${requestId}\r\n\r\n`;
  }

  #headText(link: Link, requestId: string): string {
    const request = this.#request;
    const host = request.host === '' ? `${link.socket.remoteAddress ?? 'localhost'}:${link.socket.remotePort ?? 80}` : request.host;
    return requestText(request, host, `${this.#client.forwardedFor(host)}X-Request-Id: ${requestId}\r\n`);
  }
}

/** A request's head for an upstream; `ours` are field lines that we add. */
export function requestText(request: RequestHead, host: string, ours: string): string {
  let text = `${request.method} ${request.path} HTTP/1.1\r\nHost: ${host}\r\n${request.fields}`;
  if (request.chunked) text += 'Transfer-Encoding: chunked\r\n';
  else if (request.length !== -1) text += `Content-Length: ${request.length}\r\n`;
  if (request.expectsContinue) text += 'Expect: 100-continue\r\n';
  if (request.upgrade !== '') text += `Connection: Upgrade\r\nUpgrade: ${request.upgrade}\r\n`;
  return `${text}${ours}\r\n`;
}

function tooLarge(maxBody: Bytes): HttpFault {
  return new HttpFault(413, 'body_too_large', `The body is larger than the ${maxBody} bytes that this service takes.`);
}
