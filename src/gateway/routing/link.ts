// One TCP connection to an upstream: its listeners are set once, and whoever uses it at the moment is told.
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Address } from '../../model/instance.ts';

export interface LinkOwner {
  linkConnected(): void;
  linkData(chunk: Buffer): void;
  linkDrained(): void;
  /** The connection is over: `clean` when the upstream ended it with FIN. Told once, and nothing after it. */
  linkClosed(clean: boolean): void;
}

export class Link {
  readonly socket: Socket;
  connected = false;
  /** Requests completed on it; above zero it is a reused connection, which the upstream may be closing right now. */
  completed = 0;
  /** When idle: until when it may be reused (monotonic milliseconds). */
  idleUntil = 0;
  #owner: LinkOwner | undefined;
  #over = false;
  readonly #abandoned: (link: Link) => void;

  /** `abandoned` is told when the connection ends, or says something, while nobody uses it. */
  constructor(address: Address, owner: LinkOwner, abandoned: (link: Link) => void) {
    this.#owner = owner;
    this.#abandoned = abandoned;
    this.socket = connect({ host: address.host, port: address.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
    this.socket.on('connect', () => {
      this.connected = true;
      this.#owner?.linkConnected();
    });
    this.socket.on('data', (chunk: Buffer) => {
      if (this.#owner === undefined) this.#close(true);
      else this.#owner.linkData(chunk);
    });
    this.socket.on('drain', () => this.#owner?.linkDrained());
    this.socket.on('end', () => this.#close(true));
    this.socket.on('error', () => this.#close(false));
    this.socket.on('close', () => this.#close(false));
  }

  get usable(): boolean {
    return !this.#over && this.socket.writable && !this.socket.destroyed;
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
