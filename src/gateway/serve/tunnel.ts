// After a 101: bytes both ways with back-pressure, until a side ends or the upstream leaves the table.
import type { Socket } from 'node:net';
import type { Duration } from '../../base/units.ts';
import { FrameBorders, goingAway } from '../http/websocket.ts';
import type { Link, LinkOwner } from '../routing/link.ts';
import type { Leaver, Upstream } from '../routing/upstream.ts';

/** How long the border of a frame is waited for before a leaving tunnel is cut; until its turn has come and with the next it stays below 1 s. */
const borderWait = 250;
/** How long the client gets to close after it was told to. */
const closeWait = 400;

export interface TunnelEnds {
  readonly client: Socket;
  readonly expectWithin: (ms: Duration) => void;
  readonly link: Link;
  readonly upstream: Upstream;
  readonly protocol: string;
  readonly idle: Duration;
}

export class Tunnel implements LinkOwner, Leaver {
  readonly #ends: TunnelEnds;
  readonly #borders: FrameBorders | undefined;
  #leaving = false;
  #over = false;

  constructor(ends: TunnelEnds) {
    this.#ends = ends;
    this.#borders = ends.protocol.toLowerCase() === 'websocket' ? new FrameBorders() : undefined;
  }

  /** Takes over both connections; `early` are bytes that came from the upstream with the 101. */
  open(early: Buffer): void {
    const { link, upstream } = this.#ends;
    upstream.tunnels.add(this);
    link.adopt(this);
    if (early.length > 0) this.linkData(early);
    this.#alive();
    if (upstream.retired) this.upstreamLeaves();
  }

  fromClient(chunk: Buffer): void {
    if (this.#over) return;
    this.#alive();
    if (!this.#ends.link.socket.write(chunk)) this.#ends.client.pause();
  }

  clientDrained(): void {
    if (!this.#over) this.#ends.link.socket.resume();
  }

  /** The client sent FIN; the upstream may still have something to say. */
  clientEnded(): void {
    if (this.#over) this.#ends.client.destroy();
    else this.#ends.link.socket.end();
  }

  clientGone(): void {
    this.#end();
  }

  deadlineReached(): void {
    const { client } = this.#ends;
    if (this.#leaving && !this.#over) this.#goodbye(undefined);
    else client.destroy();
    this.#end();
  }

  get holdsBytes(): boolean {
    return this.#ends.client.writableLength > 0;
  }

  linkConnected(): void {}

  linkData(chunk: Buffer): void {
    const { client, link } = this.#ends;
    const until = this.#borders?.feed(chunk, this.#leaving) ?? chunk.length;
    if (!client.write(until === chunk.length ? chunk : chunk.subarray(0, until))) link.socket.pause();
    if (this.#leaving && this.#borders?.atBorder === true) this.#goodbye(goingAway);
    else if (!this.#leaving) this.#alive();
  }

  linkDrained(): void {
    this.#ends.client.resume();
  }

  linkClosed(): void {
    this.#goodbye(undefined);
  }

  upstreamLeaves(): void {
    if (this.#over) return;
    this.#leaving = true;
    if (this.#borders === undefined) this.#goodbye(undefined);
    else if (this.#borders.atBorder) this.#goodbye(goingAway);
    else this.#ends.expectWithin(borderWait);
  }

  #goodbye(frame: Uint8Array | undefined): void {
    const { client, expectWithin } = this.#ends;
    this.#end();
    if (frame === undefined) client.end();
    else client.end(frame);
    client.resume();
    expectWithin(closeWait);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    const { link, upstream } = this.#ends;
    upstream.tunnels.delete(this);
    upstream.release();
    link.destroy();
  }

  #alive(): void {
    this.#ends.expectWithin(this.#ends.idle);
  }
}
