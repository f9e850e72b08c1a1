// The data plane put together: a listening socket, the table in force, and one sweep over all deadlines.
import { randomBytes } from 'node:crypto';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { randomText } from '../base/ids.ts';
import type { Address } from '../model/instance.ts';
import type { RouteTable, TrafficObservation } from '../model/route.ts';
import { Doors } from './doors.ts';
import type { Sharing } from './listen.ts';
import { clientSockets, listenOn } from './listen.ts';
import { RetryBudget } from './routing/budget.ts';
import { Registry } from './routing/registry.ts';
import type { SecureDoor } from './secure/door.ts';
import { ClientConnection, clientAddress, turnAway } from './serve/connection.ts';
import { Crowd } from './serve/crowd.ts';
import type { GatewayLimits, Plane, Waiter } from './serve/plane.ts';
import { defaultLimits } from './serve/plane.ts';
import { Seal } from './traits/seal.ts';

/** How late a deadline may be noticed. One timer for all of them costs less than one timer for each. */
const sweepEvery = 25;
const tidyEvery = 1_000;

/** Writes a table down before it is in force. */
export type KeepTable = (table: RouteTable) => Promise<void>;

export interface GatewayOptions {
  readonly keep: KeepTable;
  readonly limits?: Partial<GatewayLimits>;
  /** Of visitors' cookies; absent, one that nobody else has and that ends with this gateway. */
  readonly seal?: Seal;
  /** What its operator should know; it serves all the same. */
  readonly tell?: (message: string) => void;
  /** Where requests are taken over TLS; absent: nowhere. */
  readonly secure?: SecureDoor | undefined;
}

export class Gateway {
  readonly #registry: Registry;
  readonly #waitingListeners = new Set<(service: string) => void>();
  readonly #connections: Crowd;
  readonly #epoch = randomText(8);
  readonly #server: Server;
  readonly #doors: Doors;
  readonly #secure: SecureDoor | undefined;
  readonly #limits: GatewayLimits;
  readonly #keep: KeepTable;
  readonly #plane: Plane;
  #closing = false;
  #processes = 1;
  #listening: Address = { host: '', port: 0 };
  #listeningSecurely: Address | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #tidied = 0;
  #applying: Promise<unknown> = Promise.resolve();
  #emptied: (() => void) | undefined;

  constructor(options: GatewayOptions) {
    this.#registry = new Registry(options.seal ?? new Seal(randomBytes(32)), (service) => this.#tellOfWaiting(service));
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#connections = new Crowd(this.#limits);
    this.#keep = options.keep;
    this.#secure = options.secure;
    this.#secure?.begin({
      admits: (socket) => this.#connections.hasRoom(clientAddress(socket)),
      accept: (socket) => this.#accept(socket, true),
    });
    this.#plane = this.#makePlane();
    this.#server = createServer(clientSockets, (socket) => this.#accept(socket));
    this.#doors = new Doors((socket) => this.#accept(socket), options.tell ?? (() => undefined), this.#limits.maxDoors);
  }

  get listening(): Address {
    return this.#listening;
  }

  /** How many processes serve as this gateway, this one included: what is limited for all of them is divided by it. */
  get processes(): number {
    return this.#processes;
  }

  set processes(count: number) {
    this.#processes = Math.max(1, Math.floor(count));
  }

  /** Errors: `port_taken`, `settings_invalid` (no such address here, or a port that needs more rights). */
  async listen(address: Address, sharing: Sharing = 'alone'): Promise<Address> {
    this.#listening = await listenOn(this.#server, address, sharing);
    this.#doors.begin(this.#listening, sharing);
    if (this.#registry.table !== undefined) await this.#doors.follow(this.#registry.table);
    this.#sweep = setInterval(() => this.#sweepDeadlines(), sweepEvery);
    return this.#listening;
  }

  /** Beside `listen`, and before it: who asks without TLS may be sent here. Errors: the same. */
  async listenSecurely(door: SecureDoor, address: Address, sharing: Sharing = 'alone'): Promise<Address> {
    if (this.#registry.table !== undefined) await door.follow(this.#registry.table);
    this.#listeningSecurely = await door.listen(address, sharing);
    return this.#listeningSecurely;
  }

  /** Puts a table in force without writing it down: what was read back at the start. */
  restore(table: RouteTable): void {
    this.#registry.apply(table, performance.now());
  }

  /**
   * Writes the table down, then swaps it in; resolves once no new request follows the old one. One after the other, in order of arrival.
   * Errors: `write_conflict` for a table that is older, or as old but different; those of `keep`.
   */
  apply(table: RouteTable): Promise<void> {
    const applied = this.#applying.then(() => this.#applyNow(table));
    this.#applying = applied.catch(() => undefined);
    return applied;
  }

  observe(): TrafficObservation {
    const now = performance.now();
    return { ...this.#registry.observe(now, Date.now() - now), epoch: this.#epoch, listening: this.#listening, ...this.#where() };
  }

  /** For trials: sends connections to an instance to another address of this machine for so long (ms); without one, to itself again. */
  detour(instance: string, to: Address | undefined, lasts: number): boolean {
    return this.#registry.detour(instance, to && { to, until: performance.now() + lasts });
  }

  /** Instance → where its connections go and for how many milliseconds yet. */
  detours(): readonly { readonly instance: string; readonly to: Address; readonly lasts: number }[] {
    const now = performance.now();
    const all = this.#registry.detours().all();
    return all.map(([instance, { to, until }]) => ({ instance, to, lasts: Math.max(0, Math.round(until - now)) }));
  }

  /** Calls back with the key of each service for an instance of which requests begin to wait; at once for those that do already. */
  onWaiting(listener: (service: string) => void): () => void {
    this.#waitingListeners.add(listener);
    for (const service of Object.keys(this.observe().waiting)) listener(service);
    return () => this.#waitingListeners.delete(listener);
  }

  #where(): Pick<TrafficObservation, 'secure'> {
    return this.#listeningSecurely === undefined ? {} : { secure: this.#listeningSecurely };
  }

  #tellOfWaiting(service: string): void {
    for (const listener of this.#waitingListeners) listener(service);
  }

  /** Takes no new connection, lets requests finish, tells tunnels to go; resolves when all are gone, or cut at the signal. */
  async stop(cut: AbortSignal): Promise<void> {
    this.#closing = true;
    this.#server.close();
    this.#doors.close();
    this.#secure?.close();
    this.#registry.endTunnels();
    for (const connection of this.#connections) connection.closeIfIdle();
    const cutAll = () => {
      for (const connection of this.#connections) connection.socket.destroy();
    };
    cut.addEventListener('abort', cutAll, { once: true });
    if (cut.aborted) cutAll();
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#emptied = resolve));
    cut.removeEventListener('abort', cutAll);
    clearInterval(this.#sweep);
    this.#registry.tidy(Number.POSITIVE_INFINITY);
  }

  #makePlane(): Plane {
    const registry = this.#registry;
    const closing = () => this.#closing;
    const processes = () => this.#processes;
    let requests = 0;
    return {
      limits: this.#limits,
      get closing() {
        return closing();
      },
      get processes() {
        return processes();
      },
      budget: new RetryBudget(),
      secure: this.#secure,
      waiting: new Set<Waiter>(),
      find: (host, path, caller) => registry.find(host, path, caller),
      nextRequestId: () => `${this.#epoch}-${++requests}`,
    };
  }

  async #applyNow(table: RouteTable): Promise<void> {
    if (!this.#registry.accepts(table)) return;
    await this.#keep(table);
    await this.#doors.follow(table);
    await this.#secure?.follow(table);
    this.#registry.apply(table, performance.now());
    for (const waiter of Array.from(this.#plane.waiting)) waiter.reconsider();
  }

  #accept(socket: Socket, secure = false): void {
    if (!this.#connections.hasRoom(clientAddress(socket))) {
      turnAway(socket);
      return;
    }
    const connection = new ClientConnection(
      socket,
      this.#plane,
      (gone) => {
        this.#connections.delete(gone);
        if (this.#connections.size === 0) this.#emptied?.();
      },
      secure,
    );
    this.#connections.add(connection);
  }

  #sweepDeadlines(): void {
    const now = performance.now();
    for (const connection of this.#connections) if (connection.deadline <= now) connection.deadlineReached();
    this.#registry.partTunnels(now);
    if (this.#registry.cutOverdue(now)) for (const connection of this.#connections) connection.drainOver();
    if (now - this.#tidied < tidyEvery) return;
    this.#tidied = now;
    this.#registry.tidy(now);
  }
}
