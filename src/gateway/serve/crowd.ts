// Who is connected: so many in all, so many from one address; when there is no room, whoever waits for nothing makes it.
import type { ClientConnection } from './connection.ts';
import type { GatewayLimits } from './plane.ts';

export class Crowd {
  readonly #limits: GatewayLimits;
  /** In order of arrival. */
  readonly #members = new Set<ClientConnection>();
  readonly #counts = new Map<string, number>();

  constructor(limits: GatewayLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): IterableIterator<ClientConnection> {
    return this.#members.values();
  }

  /** Whether one more from this address may come; ends an idle connection if that takes it. */
  hasRoom(address: string): boolean {
    if ((this.#counts.get(address) ?? 0) >= this.#limits.maxPerAddress) return this.#evict((one) => one.address === address);
    return this.#members.size < this.#limits.maxConnections || this.#evict(() => true);
  }

  add(connection: ClientConnection): void {
    this.#members.add(connection);
    this.#counts.set(connection.address, (this.#counts.get(connection.address) ?? 0) + 1);
  }

  delete(connection: ClientConnection): void {
    if (!this.#members.delete(connection)) return;
    const left = (this.#counts.get(connection.address) ?? 1) - 1;
    if (left > 0) this.#counts.set(connection.address, left);
    else this.#counts.delete(connection.address);
  }

  /** At once and without lingering: a client must expect that an idle connection ends (RFC 9112 §9.5). It counts as gone from now on. */
  #evict(candidate: (connection: ClientConnection) => boolean): boolean {
    let oldest: ClientConnection | undefined;
    for (const one of this.#members)
      if (one.idle && candidate(one) && (oldest === undefined || one.deadline < oldest.deadline)) oldest = one;
    if (oldest === undefined) return false;
    this.delete(oldest);
    oldest.socket.destroy();
    return true;
  }
}
