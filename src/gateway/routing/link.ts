// One TCP connection to an upstream: its listeners are set once, and whoever uses it at the moment is told.
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Address } from '../../model/instance.ts';

/** The space that an upstream's bytes are read into: small at first, large once an answer has filled it. */
const small = 16 * 1024;
const large = 128 * 1024;

export interface LinkOwner {
  /** Bytes that it was given are still in use: in a write that has not ended, or in a head that is incomplete. */
  readonly holdsBytes: boolean;
  linkConnected(): void;
  /** The next read overwrites these bytes, unless they are held after this call. */
  linkData(bytes: Buffer): void;
  linkDrained(): void;
  /** The connection is over: `clean` when the upstream ended it with FIN. Told once, and nothing after it. */
  linkClosed(clean: boolean): void;
}

export class Link {
  readonly address: Address;
  readonly socket: Socket;
  connected = false;
  /** Requests completed on it; above zero it is a reused connection, which the upstream may be closing right now. */
  completed = 0;
  /** When idle: until when it may be reused (monotonic milliseconds). */
  idleUntil = 0;
  #owner: LinkOwner | undefined;
  #over = false;
  #space = Buffer.allocUnsafeSlow(small);
  readonly #abandoned: (link: Link) => void;

  /** `abandoned` is told when the connection ends, or says something, while nobody uses it. */
  constructor(address: Address, owner: LinkOwner, abandoned: (link: Link) => void) {
    this.address = address;
    this.#owner = owner;
    this.#abandoned = abandoned;
    this.socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      // One space for all reads: a new one for each, and a stream that hands it on, cost more than all else that a long answer needs.
      onread: { buffer: () => this.#space, callback: (length) => this.#read(length) },
    });
    this.socket.on('connect', () => {
      this.connected = true;
      this.#owner?.linkConnected();
    });
    this.socket.on('drain', () => this.#owner?.linkDrained());
    this.socket.on('end', () => this.#close(true));
    this.socket.on('error', () => this.#close(false));
    this.socket.on('close', () => this.#close(false));
  }

  get usable(): boolean {
    return !this.#over && !this.socket.destroyed;
  }

  adopt(owner: LinkOwner): void {
    this.#owner = owner;
  }

  /** Nobody uses it from now on. Never paused while idle, or its end would go unseen. */
  rest(): void {
    this.#owner = undefined;
    if (this.socket.isPaused()) this.socket.resume();
  }

  /** Ends it without telling the owner, who asked for it. */
  destroy(): void {
    this.#over = true;
    this.#owner = undefined;
    this.socket.destroy();
  }

  /** The socket's callback; whether reading goes on is said by pause() and resume() only, hence always true. */
  #read(length: number): true {
    const owner = this.#owner;
    if (owner === undefined) this.#close(true);
    else {
      const space = this.#space;
      const bytes = length === space.length ? space : space.subarray(0, length);
      // What has to wait behind other bytes is copied: a whole space for each small piece would be the slow client's way to our memory.
      const copied = owner.holdsBytes;
      owner.linkData(copied ? Buffer.from(bytes) : bytes);
      if (!copied && owner.holdsBytes) this.#space = Buffer.allocUnsafeSlow(small);
      else if (length === space.length && length < large) this.#space = Buffer.allocUnsafeSlow(large);
    }
    return true;
  }

  #close(clean: boolean): void {
    if (this.#over) return;
    this.#over = true;
    const owner = this.#owner;
    this.#owner = undefined;
    if (owner === undefined) this.#abandoned(this);
    else owner.linkClosed(clean);
    this.socket.destroy();
  }
}
