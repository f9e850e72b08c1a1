// Who is connected: so many in all, so many from one address; when there is no room, whoever waits for nothing makes it.
import { networkOf } from '../../platform/network.ts';
import type { ClientConnection } from './connection.ts';
import type { GatewayLimits } from './plane.ts';

/** Of so many one makes room at a time, so that looking for it is not repeated for each newcomer. */
const share = 128;

export class Crowd {
  readonly #limits: GatewayLimits;
  /** In order of arrival. */
  readonly #members = new Set<ClientConnection>();
  /** By address, or network of IPv6. */
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

  /** Whether one more from this address may come; ends idle connections if that takes it. */
  hasRoom(address: string): boolean {
    const { maxConnections, maxPerAddress } = this.#limits;
    const from = networkOf(address);
    if ((this.#counts.get(from) ?? 0) >= maxPerAddress) return this.#evict(maxPerAddress, (one) => networkOf(one.address) === from);
    return this.#members.size < maxConnections || this.#evict(maxConnections, () => true);
  }

  add(connection: ClientConnection): void {
    this.#members.add(connection);
    const from = networkOf(connection.address);
    this.#counts.set(from, (this.#counts.get(from) ?? 0) + 1);
  }

  delete(connection: ClientConnection): void {
    if (!this.#members.delete(connection)) return;
    const from = networkOf(connection.address);
    const left = (this.#counts.get(from) ?? 1) - 1;
    if (left > 0) this.#counts.set(from, left);
    else this.#counts.delete(from);
  }

  /** At once and without lingering: a client must expect that an idle connection ends (RFC 9112 §9.5). It counts as gone from now on. */
  #evict(limit: number, candidate: (connection: ClientConnection) => boolean): boolean {
    const idle: ClientConnection[] = [];
    for (const one of this.#members) if (one.idle && candidate(one)) idle.push(one);
    const oldest = idle.sort((a, b) => a.idleSince - b.idleSince).slice(0, Math.ceil(limit / share));
    for (const one of oldest) {
      this.delete(one);
      one.socket.destroy();
    }
    return oldest.length > 0;
  }
}
