// Hands bytes on later than they came, in their order, and their end as late as they.
import type { Socket } from 'node:net';
import type { Duration } from '../../base/units.ts';

interface Piece {
  readonly bytes: Buffer | 'end';
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** Above it the source waits. */
const most = 1024 * 1024;

export class LateStream {
  readonly #to: Socket;
  readonly #from: Socket;
  readonly #queue: Piece[] = [];
  #held = 0;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(to: Socket, from: Socket) {
    this.#to = to;
    this.#from = from;
    to.on('close', () => clearTimeout(this.#timer));
  }

  /** `bandwidth`: bytes a second. */
  push(bytes: Buffer, { delay, bandwidth }: { readonly delay: Duration; readonly bandwidth?: number }): void {
    const takes = bandwidth === undefined ? 0 : (bytes.length * 1000) / bandwidth;
    this.#add(bytes, Math.max(this.#last, performance.now() + Math.max(0, delay)) + takes);
  }

  /** Byte by byte. */
  trickle(bytes: Buffer, every: Duration): void {
    for (let at = 0; at < bytes.length; at += 1) this.#add(bytes.subarray(at, at + 1), Math.max(this.#last, performance.now()) + every);
  }

  end(delay: Duration): void {
    this.#add('end', Math.max(this.#last, performance.now() + delay));
  }

  #add(bytes: Piece['bytes'], at: number): void {
    this.#last = at;
    this.#queue.push({ bytes, at });
    if (bytes !== 'end') this.#held += bytes.length;
    if (this.#held > most) this.#from.pause();
    if (this.#queue.length === 1) this.#flush();
  }

  #flush(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const wait = next.at - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#flush(), Math.ceil(wait));
        return;
      }
      this.#queue.shift();
      if (this.#to.destroyed) continue;
      if (next.bytes === 'end') this.#to.end();
      else {
        this.#to.write(next.bytes);
        this.#held -= next.bytes.length;
      }
    }
    if (this.#held <= most && this.#from.isPaused()) this.#from.resume();
  }
}
