// One instance as the data plane sees it: its idle connections, what is in flight, its failures, and whether it left the table.
import type { Address } from '../../model/instance.ts';
import type { Upstream as UpstreamAddress } from '../../model/route.ts';
import { rememberingReader } from '../http/response.ts';
import { FailureRecord } from './eject.ts';
import type { LinkOwner } from './link.ts';
import { Link } from './link.ts';

/** Below the 5 s after which Node.js servers of old close an idle connection: reusing one at that moment loses the request. */
const idleDefault = 4_000;
const idleLongest = 60_000;
const idleMost = 1_024;
/** How long the tunnels of one that leaves are told to end, one after the other: clients come back at once, and all in one moment are a stampede. */
const partingTime = 300;
/** Of them, how many need not wait. */
const partAtOnce = 4;

/** Something long-lived that must end when its upstream leaves the table. */
export interface Leaver {
  upstreamLeaves(): void;
}

export class Upstream {
  readonly address: UpstreamAddress;
  readonly failures = new FailureRecord();
  readonly readHead = rememberingReader();
  /** The key of the service that it belongs to. */
  service = '';
  /** Requests and tunnels. */
  inFlight = 0;
  /** Told when one of them ends; only where somebody waits for a place. */
  freed: (() => void) | undefined;
  readonly tunnels = new Set<Leaver>();
  /** How long requests in flight may go on once it left the table. */
  drain = Number.POSITIVE_INFINITY;
  /** Its drain time is over: what is still in flight ends now. */
  cut = false;
  #idle: Link[] = [];
  #detour: Address | undefined;
  #retired = false;
  #cutAt = Number.POSITIVE_INFINITY;
  #parting: { readonly since: number; readonly within: number; readonly tunnels: readonly Leaver[]; told: number } | undefined;
  readonly #forget = (link: Link): void => {
    const index = this.#idle.indexOf(link);
    if (index !== -1) this.#idle.splice(index, 1);
  };

  constructor(address: UpstreamAddress) {
    this.address = address;
  }

  get retired(): boolean {
    return this.#retired;
  }

  /** The most recently used idle connection, so that the others can grow old and be closed. */
  takeIdle(owner: LinkOwner, now: number): Link | undefined {
    for (let link = this.#idle.pop(); link !== undefined; link = this.#idle.pop()) {
      if (link.usable && now < link.idleUntil) {
        link.adopt(owner);
        return link;
      }
      link.destroy();
    }
    return undefined;
  }

  connect(owner: LinkOwner): Link {
    return new Link(this.#detour ?? this.address, owner, this.#forget);
  }

  /** From now on its connections go there, or to itself again; none of those that idle is kept, none in use comes back. */
  detour(to: Address | undefined): void {
    this.#detour = to;
    this.closeIdle(Number.POSITIVE_INFINITY);
  }

  /** `idleFor`: what the upstream promised for an idle connection (ms), -1 for nothing. */
  giveBack(link: Link, idleFor: number, now: number): void {
    const keep = idleFor === -1 ? idleDefault : Math.min(idleLongest, idleFor - 1_000);
    const elsewhere = link.address !== (this.#detour ?? this.address);
    if (this.#retired || elsewhere || !link.usable || keep <= 0 || this.#idle.length >= idleMost) {
      link.destroy();
      return;
    }
    link.completed++;
    link.idleUntil = now + keep;
    link.rest();
    this.#idle.push(link);
  }

  closeIdle(now: number): void {
    if (this.#idle.length === 0) return;
    const [stale, fresh]: [Link[], Link[]] = [[], []];
    for (const link of this.#idle) (now < link.idleUntil ? fresh : stale).push(link);
    this.#idle = fresh;
    for (const link of stale) link.destroy();
  }

  /** Whether something is in flight that has no more time. */
  overdue(now: number): boolean {
    return this.inFlight > 0 && now >= this.#cutAt;
  }

  /** A request or tunnel has ended. */
  release(): void {
    this.inFlight--;
    this.freed?.();
  }

  endTunnels(): void {
    for (const tunnel of Array.from(this.tunnels)) tunnel.upstreamLeaves();
  }

  /** It left the table: no idle connection stays, tunnels are told to end in turn, requests in flight go on. */
  retire(now: number): void {
    this.#retired = true;
    this.#cutAt = now + this.drain;
    this.closeIdle(Number.POSITIVE_INFINITY);
    this.#parting = { since: now, within: Math.min(partingTime, this.drain / 2), tunnels: Array.from(this.tunnels), told: 0 };
    this.part(now);
  }

  /** Tells those tunnels to end whose turn has come. */
  part(now: number): void {
    const parting = this.#parting;
    if (parting === undefined) return;
    const { since, within, tunnels, told } = parting;
    const elapsed = now - since;
    const due = elapsed >= within ? tunnels.length : Math.max(partAtOnce, Math.ceil((tunnels.length * elapsed) / within));
    parting.told = due;
    if (due >= tunnels.length) this.#parting = undefined;
    for (const tunnel of tunnels.slice(told, due)) tunnel.upstreamLeaves();
  }
}
