// One host of the application behind the gateway's door: the only way by which probes send anything, and it leads nowhere else.
import { setTimeout as pause } from 'node:timers/promises';
import { openSlow } from '../../platform/attack/slow.ts';
import type { WireDoor, WireExchange } from '../../platform/attack/wire.ts';
import { exchange } from '../../platform/attack/wire.ts';
import type { Raw, SiteName, Wish } from './ground.ts';
import { Untried } from './probe.ts';
import type { Seen } from './seen.ts';
import { seenOf } from './seen.ts';

export interface SiteDoors {
  readonly door: { readonly host: string; readonly port: number };
  /** Where a site with TLS answers. */
  readonly secureDoor?: { readonly host: string; readonly port: number };
}

export interface SiteBounds {
  /** How long one answer is waited for. */
  readonly patience: number;
  readonly mostRequests: number;
}

const mostBytes = 2 ** 20;
const tries = 3;
const longestPause = 5_000;

export class Site {
  readonly name: SiteName;
  readonly bounds: SiteBounds;
  readonly #doors: SiteDoors;
  readonly #signal: AbortSignal;
  #sent = 0;

  constructor(name: SiteName, doors: SiteDoors, bounds: SiteBounds, signal: AbortSignal) {
    this.name = name;
    this.bounds = bounds;
    this.#doors = doors;
    this.#signal = signal;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Errors: `Untried` when nobody answers, late, or only that it is too much. */
  async ask(wish: Wish): Promise<Seen> {
    for (let left = tries; ; left -= 1) {
      const seen = await this.#once(wish);
      if (seen.status !== 429) return seen;
      if (left <= 1) throw new Untried(`rate-limited: ${seen.request} was answered 429 ${tries} times`);
      await pause(Math.min(longestPause, (Number(seen.field('retry-after')) || 1) * 1_000), undefined, { signal: this.#signal });
    }
  }

  async #once({ method = 'GET', path, fields = {}, body }: Wish): Promise<Seen> {
    if (!this.holds(path)) throw new Untried(`${path} is not within a route of the application`);
    const length = body === undefined ? {} : { 'Content-Type': body.type, 'Content-Length': String(Buffer.byteLength(body.text)) };
    const all = { Host: this.name.host, 'User-Agent': 'codectl-prove-security', Accept: '*/*', ...length, ...fields, Connection: 'close' };
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const text = `${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n`;
    const pieces = body === undefined ? [text] : [text, Buffer.from(body.text)];
    const { answers, ended, because } = await this.raw({ pieces, bodyless: method === 'HEAD' });
    const [answer] = answers;
    const shown = `${method} ${path}`;
    if (!answer) throw new Untried(`${shown.slice(0, 120)}: ${silence(ended, because, this.bounds.patience)}`);
    return seenOf(shown, path, answer);
  }

  /** Whether a path is one of the application's routes: a path that only begins like one is somebody else's. */
  holds(path: string): boolean {
    const bare = path.split(/[?#]/)[0] ?? '';
    if (!/^\/[\x21-\x7e]*$/.test(path)) return false;
    return this.name.mounts.some((mount) => mount === '/' || bare === mount || bare.startsWith(`${mount.replace(/\/$/, '')}/`));
  }

  raw(raw: Raw): Promise<WireExchange> {
    return this.#send(this.#main(), raw);
  }

  /** By the door without TLS. */
  plain(raw: Raw): Promise<WireExchange> {
    return this.#send(this.#doors.door, raw);
  }

  handshake(only: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<WireExchange> {
    const { tls, ...door } = this.#main();
    const head = `HEAD ${this.name.mounts[0] ?? '/'} HTTP/1.1\r\nHost: ${this.name.host}\r\nConnection: close\r\n\r\n`;
    const secure = { ...door, tls: { servername: tls?.servername ?? '', only } };
    return this.#send(secure, { pieces: [head], bodyless: true });
  }

  slow(count: number, head: string): ReturnType<typeof openSlow> {
    this.#sent += count;
    return openSlow(this.#main(), count, head, this.bounds.patience);
  }

  #main(): WireDoor {
    const { door, secureDoor } = this.#doors;
    return this.name.tls && secureDoor ? { ...secureDoor, tls: { servername: this.name.host.split(':')[0] ?? '' } } : door;
  }

  #send(door: WireDoor, { pieces, answers = 1, end = false, bodyless = false }: Raw): Promise<WireExchange> {
    if (this.#sent >= this.bounds.mostRequests) throw new Untried(`the bound of ${this.bounds.mostRequests} requests to a site is reached`);
    this.#sent += 1;
    return exchange(door, { pieces, answers, end, bodyless, most: mostBytes, timeout: this.bounds.patience }, this.#signal);
  }
}

function silence(ended: WireExchange['ended'], because: string | undefined, patience: number): string {
  if (ended === 'timeout') return `no answer within ${patience} ms`;
  if (ended === 'unreached') return `nobody answers (${because ?? 'closed'})`;
  return `the connection ended without an answer (${because ?? ended})`;
}
