// A mirrored request: sent to a release whose answer is thrown away. Whatever becomes of it, the real request does not notice.
import type { Duration } from '../../base/units.ts';
import type { BodyScan } from '../http/body.ts';
import { CountedBody, UnboundedBody } from '../http/body.ts';
import type { RequestHead } from '../http/request.ts';
import type { ResponseHead } from '../http/response.ts';
import { parseResponseHead } from '../http/response.ts';
import type { Link, LinkOwner } from '../routing/link.ts';
import type { Target } from '../routing/service.ts';
import type { Leaver } from '../routing/upstream.ts';
import { bodyOf } from './answer.ts';

const maxHead = 64 * 1024;
const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether doing it twice does no harm by any standard (RFC 9110 §9.2.1), and its copy needs nothing that the client is still sending. */
export function isCopyable(request: RequestHead): boolean {
  return safe.has(request.method) && !request.hasBody && request.upgrade === '';
}

export interface CopyOptions {
  readonly request: RequestHead;
  readonly target: Target;
  /** The head as it is sent. */
  readonly head: string;
  /** For the whole of it: an answer without an end is no reason to keep a place. */
  readonly within: Duration;
  readonly ended: () => void;
}

export class Copy implements LinkOwner, Leaver {
  /** What is kept of a head is copied. */
  readonly holdsBytes = false;
  readonly #options: CopyOptions;
  #link: Link | undefined;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #partial: Buffer = Buffer.alloc(0);
  #answer: ResponseHead | undefined;
  #body: BodyScan | undefined;
  #over = false;

  constructor(options: CopyOptions) {
    this.#options = options;
    const { upstream } = options.target;
    upstream.inFlight++;
    // Whoever leaves the table is not kept waiting for an answer that nobody reads.
    upstream.tunnels.add(this);
    this.#timer = setTimeout(() => this.#end(true), options.within);
  }

  start(): void {
    const { upstream } = this.#options.target;
    const idle = upstream.takeIdle(this, this.#startedAt);
    this.#link = idle ?? upstream.connect(this);
    if (idle !== undefined) this.linkConnected();
  }

  linkConnected(): void {
    this.#link?.socket.write(this.#options.head, 'latin1');
  }

  linkData(chunk: Buffer): void {
    try {
      const rest = this.#body === undefined ? this.#readHeads(chunk) : chunk;
      if (this.#body === undefined) return;
      const end = rest.length > 0 && !this.#body.done ? this.#body.feed(rest, 0) : 0;
      if (this.#body.done) this.#complete(end === rest.length);
    } catch {
      this.#end(true);
    }
  }

  linkDrained(): void {}

  linkClosed(clean: boolean): void {
    if (clean && this.#body instanceof UnboundedBody) this.#complete(false);
    // A connection that was idle may have died of age, which says nothing of the release; a copy is not worth a second try.
    else this.#end((this.#link?.completed ?? 0) > 0 && this.#answer === undefined ? undefined : true);
  }

  upstreamLeaves(): void {
    this.#end(undefined);
  }

  /** What follows the final head; nothing while it is incomplete. */
  #readHeads(chunk: Buffer): Buffer {
    let bytes = this.#partial.length === 0 ? chunk : Buffer.concat([this.#partial, chunk]);
    for (let found = bytes.indexOf('\r\n\r\n'); found !== -1; found = bytes.indexOf('\r\n\r\n')) {
      const head = parseResponseHead(bytes, found + 4);
      bytes = bytes.subarray(found + 4);
      if (head.status < 200) continue;
      const bodiless = this.#options.request.method === 'HEAD' || head.status === 204 || head.status === 304;
      this.#answer = head;
      this.#body = bodiless ? new CountedBody(0) : bodyOf(head);
      return bytes;
    }
    if (bytes.length > maxHead) throw new Error('the head has no end');
    this.#partial = Buffer.from(bytes);
    return bytes;
  }

  #complete(clean: boolean): void {
    const { upstream } = this.#options.target;
    const reusable = clean && this.#answer?.keepAlive === true && !(this.#body instanceof UnboundedBody);
    this.#end((this.#answer?.status ?? 0) >= 500, !reusable);
    if (reusable && this.#link !== undefined) upstream.giveBack(this.#link, this.#answer?.idleFor ?? -1, performance.now());
  }

  /** `failed` undefined: it counts for nothing. */
  #end(failed: boolean | undefined, cut = true): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    const { upstream, meter } = this.#options.target;
    upstream.tunnels.delete(this);
    upstream.release();
    if (cut) this.#link?.destroy();
    if (failed !== undefined) meter.record(performance.now() - this.#startedAt, failed);
    this.#options.ended();
  }
}
