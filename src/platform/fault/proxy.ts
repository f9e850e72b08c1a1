// A TCP proxy that is a bad network on purpose: late, slow, cut off, silent. It needs no rights, and ends with its process.
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Duration, Share } from '../../base/units.ts';
import { LateStream } from './late-stream.ts';

export type Trouble =
  /** The connection is reset as soon as the answer begins. */
  | 'reset'
  /** The answer ends after its first bytes, as if it were whole. */
  | 'truncate'
  /** Taken, and never answered. */
  | 'stall'
  /** Answered whole, and not closed when the other side closes. */
  | 'half_open'
  /** One byte now and then. */
  | 'trickle';

export interface BadNetwork {
  /** Added to each answer, and how much it varies up and down; order is kept, and the end of the connection is as late as its bytes. */
  readonly delay?: Duration;
  readonly jitter?: Duration;
  /** Bytes a second, of answers. */
  readonly bandwidth?: number;
  readonly trouble?: Trouble;
  /** Of the exchanges, which the trouble befalls. Default: all. */
  readonly share?: Share;
}

export interface ProxyCounts {
  readonly connections: number;
  /** Times that the other side began to answer. */
  readonly answers: number;
  /** Of them, those that met the trouble. */
  readonly troubled: number;
}

const truncatedAfter = 24;
const trickleEvery: Duration = 200;

export class FaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #to: { readonly host: string; readonly port: number };
  /** 0 … 1 */
  readonly #draw: () => number;
  #network: BadNetwork = {};
  #counts = { connections: 0, answers: 0, troubled: 0 };

  constructor(to: { readonly host: string; readonly port: number }, draw: () => number) {
    this.#to = to;
    this.#draw = draw;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#take(socket));
  }

  get counts(): ProxyCounts {
    return this.#counts;
  }

  listen(): Promise<{ readonly host: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: '127.0.0.1', port: 0 }, () => {
        const { address, port } = this.#server.address() as AddressInfo;
        resolve({ host: address, port });
      });
    });
  }

  /** Also for connections that there are. */
  become(network: BadNetwork): void {
    this.#network = network;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #take(client: Socket): void {
    this.#counts.connections += 1;
    const upstream = connect({ ...this.#to, noDelay: true, allowHalfOpen: true });
    const both = [client, upstream] as const;
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    // Who cannot be reached, or breaks off, does so for the other one, too.
    upstream.on('error', () => client.resetAndDestroy());
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
    client.on('data', (bytes) => {
      if (!upstream.write(bytes)) client.pause();
    });
    upstream.on('drain', () => client.resume());
    client.on('end', () => upstream.end());
    this.#answer(client, upstream);
  }

  /** What comes back, as the network is at that moment. A new answer begins with the first bytes after a request. */
  #answer(client: Socket, upstream: Socket): void {
    const late = new LateStream(client, upstream);
    let fresh = true;
    let troubled: Trouble | undefined;
    client.on('data', () => (fresh = true));
    upstream.on('data', (bytes) => {
      if (fresh) troubled = this.#lot();
      const first = fresh;
      fresh = false;
      const { delay = 0, bandwidth } = this.#network;
      if (troubled === 'stall') return;
      if (troubled === 'reset') client.resetAndDestroy();
      else if (troubled === 'truncate') {
        if (first) late.push(bytes.subarray(0, truncatedAfter), { delay: 0 });
        late.end(0);
      } else if (troubled === 'trickle') late.trickle(bytes, trickleEvery);
      else late.push(bytes, { delay: delay + this.#vary(), ...(bandwidth !== undefined && { bandwidth }) });
    });
    upstream.on('end', () => {
      if (troubled !== 'stall' && troubled !== 'half_open' && troubled !== 'truncate') late.end(this.#network.delay ?? 0);
    });
  }

  #lot(): Trouble | undefined {
    const { trouble, share = 1 } = this.#network;
    this.#counts.answers += 1;
    if (trouble === undefined || this.#draw() >= share) return undefined;
    this.#counts.troubled += 1;
    return trouble;
  }

  #vary(): number {
    const { jitter = 0 } = this.#network;
    return jitter === 0 ? 0 : jitter * (2 * this.#draw() - 1);
  }
}
