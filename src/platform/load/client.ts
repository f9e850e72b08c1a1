// The client of a generator of load: raw HTTP/1.1 over a pool of connections, as cheap as it gets, for one's own servers only.
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Duration } from '../../base/units.ts';
import type { Flight } from './flight.ts';
import type { WireOwner } from './wire.ts';
import { Wire } from './wire.ts';

export interface LoadClientOptions {
  readonly host: string;
  readonly port: number;
  /** The name that is asked for over TLS; absent: plain TCP. */
  readonly servername?: string;
  readonly keepAlive: boolean;
  /** Of one request. */
  readonly timeout: Duration;
  /** At most so many at once. */
  readonly connections: number;
}

/** A server may close what was idle longer: a request must not meet that on its way. */
const freshest: Duration = 2_000;
/** All connections read into one buffer: what is in it is used up before the next read. */
const readSize = 64 * 1024;
/** What this machine says when it, and not the server, has no connection to give. */
const ours: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

export class LoadClient implements WireOwner {
  readonly #options: LoadClientOptions;
  readonly #buffer = Buffer.allocUnsafeSlow(readSize);
  readonly #wires = new Set<Wire>();
  #idle: Wire[] = [];
  /** In the order of their deadlines. */
  #out: Flight[] = [];
  #firstOut = 0;
  /** What stood in the way of a connection, on our side. */
  readonly exhausted = new Set<string>();

  constructor(options: LoadClientOptions) {
    this.#options = options;
  }

  /** False: there is no connection to be had, and nothing was sent. */
  send(flight: Flight, now: number): boolean {
    const wire = this.#idle.pop() ?? this.#open();
    if (wire === undefined) return false;
    flight.deadline = now + this.#options.timeout;
    this.#out.push(flight);
    wire.send(flight);
    return true;
  }

  /** Ends what is over its time, and connections that nobody used for long. To be called every few milliseconds. */
  sweep(now: number): void {
    for (let first = this.#out[this.#firstOut]; first !== undefined; first = this.#out[this.#firstOut]) {
      if (first.wire !== undefined && first.deadline > now) break;
      this.#firstOut += 1;
      first.wire?.fail('timeout');
    }
    if (this.#firstOut > 4096) {
      this.#out = this.#out.slice(this.#firstOut);
      this.#firstOut = 0;
    }
    // The one that was used last is taken first: the oldest stand in front.
    for (let oldest = this.#idle[0]; oldest !== undefined && oldest.idleSince + freshest < now; oldest = this.#idle[0]) {
      this.#idle.shift();
      oldest.close();
    }
  }

  /** Breaks off whatever is out. */
  close(because = 'cut off'): void {
    const wires = [...this.#wires];
    this.#idle = [];
    for (const wire of wires) wire.fail(because);
  }

  free(wire: Wire): void {
    if (this.#options.keepAlive) this.#idle.push(wire);
    else wire.close();
  }

  gone(wire: Wire): void {
    this.#wires.delete(wire);
    const at = this.#idle.indexOf(wire);
    if (at !== -1) this.#idle.splice(at, 1);
  }

  #open(): Wire | undefined {
    if (this.#wires.size >= this.#options.connections) {
      this.exhausted.add(`all ${this.#options.connections} in use`);
      return undefined;
    }
    const wire: Wire = new Wire(
      this,
      this.#socket((bytes) => wire.take(bytes)),
    );
    this.#wires.add(wire);
    return wire;
  }

  #socket(take: (bytes: Buffer) => void): Socket {
    const { host, port, servername } = this.#options;
    const buffer = this.#buffer;
    const socket =
      servername === undefined
        ? connect({
            host,
            port,
            noDelay: true,
            onread: {
              buffer,
              callback: (size) => {
                take(buffer.subarray(0, size));
                return true;
              },
            },
          })
        : // What is measured is one's own; who it claims to be is another trial's question.
          connectSecurely({ host, port, servername, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }).on('data', take);
    return socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => void (ours.has(code) && this.exhausted.add(code)));
  }
}
