// The addresses at which the gateway listens beside its own: one of loopback for each service, so that a plain URL finds it without any name service.
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { asCodeError } from '../base/errors.ts';
import type { Address } from '../model/instance.ts';
import type { RouteTable } from '../model/route.ts';
import type { Sharing } from './listen.ts';
import { clientSockets, listenOn } from './listen.ts';

const loopback = /^127\.\d+\.\d+\.\d+$/;
/** A gateway that listens there hears every address of loopback already. */
const everywhere = new Set(['0.0.0.0', '::']);

export class Doors {
  readonly #accept: (socket: Socket) => void;
  readonly #tell: (message: string) => void;
  readonly #most: number;
  /** What was told of, until it opens or nobody wants it. */
  readonly #shut = new Set<string>();
  readonly #open = new Map<string, Server>();
  #main: Address | undefined;
  #sharing: Sharing = 'alone';

  /** `tell`: why a service has no address of its own, once for each. Of more services than `most`, those that came first have one. */
  constructor(accept: (socket: Socket) => void, tell: (message: string) => void, most: number) {
    this.#accept = accept;
    this.#tell = tell;
    this.#most = most;
  }

  /** The gateway listens. */
  begin(main: Address, sharing: Sharing): void {
    this.#main = main;
    this.#sharing = sharing === 'alone' ? 'alone' : 'join';
  }

  /** Opens what the table names and is not open; one that cannot be had is left out: its service has other names. Only Linux has all of 127/8. */
  async follow(table: RouteTable): Promise<void> {
    const main = this.#main;
    if (main === undefined || everywhere.has(main.host) || process.platform !== 'linux') return;
    const wanted = new Set(table.routes.filter((one) => one.internal === true && loopback.test(one.host)).map((one) => one.host));
    for (const [host, server] of this.#open)
      if (!wanted.has(host)) {
        server.close();
        this.#open.delete(host);
      }
    for (const host of this.#shut) if (!wanted.has(host)) this.#shut.delete(host);
    const missing = [...wanted].filter((host) => host !== main.host && !this.#open.has(host));
    const room = Math.max(0, this.#most - this.#open.size);
    for (const host of missing.slice(room)) this.#miss(host, `the gateway opens at most ${this.#most} addresses`);
    await Promise.all(missing.slice(0, room).map((host) => this.#openOne(host, main.port)));
  }

  close(): void {
    for (const server of this.#open.values()) server.close();
    this.#open.clear();
  }

  async #openOne(host: string, port: number): Promise<void> {
    const server = createServer(clientSockets, this.#accept);
    this.#open.set(host, server);
    try {
      await listenOn(server, { host, port }, this.#sharing);
      this.#shut.delete(host);
    } catch (thrown) {
      this.#open.delete(host);
      this.#miss(host, asCodeError(thrown).message);
    }
  }

  #miss(host: string, because: string): void {
    if (this.#shut.has(host)) return;
    this.#shut.add(host);
    this.#tell(`The service at ${host} is reached by its name only: ${because}`);
  }
}
