// Where the gateway takes requests over TLS: a certificate for each host that has one, and what an ACME authority comes to see.
import type { Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createServer } from 'node:tls';
import { asCodeError } from '../../base/errors.ts';
import type { Address } from '../../model/instance.ts';
import type { RouteTable } from '../../model/route.ts';
import type { CertificateSource } from '../../model/tls/certificate.ts';
import { isStrict } from '../../model/tls/certificate.ts';
import type { ServerContext } from '../../platform/tls/identity.ts';
import { modernCiphers, serverContext } from '../../platform/tls/identity.ts';
import type { Sharing } from '../listen.ts';
import { listenOn } from '../listen.ts';
import { bareHost } from '../routing/router.ts';
import type { Refusal, SecureSide } from '../serve/plane.ts';
import { answerAt, awaitsLook, isChallenge, proofFor } from './challenges.ts';
import { offersProtocol } from './hello.ts';
import { Shelf } from './shelf.ts';

const acmeProtocol = 'acme-tls/1';
/** Each costs CPU of ours before we know anybody. */
const mostHandshakes = 1_024;
/** How late a plain request may learn that there is a certificate now. */
const lookEvery = 2_000;

export interface SecureDoorOptions {
  /** `hosts/`: certificates that the engine keeps; `challenges/`. */
  readonly directory: string;
  /** Certificates that the operator laid down. */
  readonly given: string;
  /** Milliseconds. */
  readonly handshakeTimeout: number;
  readonly tell: (message: string) => void;
}

export interface Hall {
  /** Whether one more may come from there. */
  admits(socket: Socket): boolean;
  accept(socket: TLSSocket): void;
}

export class SecureDoor implements SecureSide {
  readonly #shelf: Shelf;
  readonly #challenges: string;
  readonly #secure: Server;
  /** For authorities that come to see a proof. */
  readonly #proving: Server;
  readonly #handshakeTimeout: number;
  readonly #plain: Server;
  #hosts: ReadonlyMap<string, CertificateSource> = new Map();
  #redirected: ReadonlySet<string> = new Set();
  #strict: ReadonlySet<string> = new Set();
  #handshakes = 0;
  #hall: Hall | undefined;
  #port = '';
  #timer: NodeJS.Timeout | undefined;

  constructor({ directory, given, handshakeTimeout, tell }: SecureDoorOptions) {
    this.#challenges = `${directory}/challenges`;
    this.#shelf = new Shelf({ kept: `${directory}/hosts`, given }, tell);
    const versions = { minVersion: 'TLSv1.2', ciphers: modernCiphers, handshakeTimeout } as const;
    this.#handshakeTimeout = handshakeTimeout;
    this.#secure = createServer(
      {
        ...versions,
        SNICallback: (name, done) => void this.#answerName(name, done),
        ALPNCallback: ({ protocols }) => (protocols.includes('http/1.1') ? 'http/1.1' : undefined),
      },
      (socket) => this.#hall?.accept(socket),
    );
    this.#proving = createServer(
      { ...versions, SNICallback: (name, done) => done(null, this.#proof(name)), ALPNProtocols: [acmeProtocol] },
      // It has seen what it came for.
      (socket) => socket.destroy(),
    );
    for (const server of [this.#secure, this.#proving]) this.#count(server);
    this.#plain = createTcpServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => this.#knocked(socket));
  }

  /** Who takes those that have come in. */
  begin(hall: Hall): void {
    this.#hall = hall;
  }

  async listen(address: Address, sharing: Sharing): Promise<Address> {
    const listening = await listenOn(this.#plain, address, sharing);
    this.#port = listening.port === 443 ? '' : `:${listening.port}`;
    this.#timer = setInterval(() => void this.#lookAtAll(), lookEvery).unref();
    return listening;
  }

  /** The hosts of a table that is about to be in force; resolves once their certificates are read. */
  async follow({ routes }: RouteTable): Promise<void> {
    const hosts = new Map<string, CertificateSource>();
    const redirected = new Set<string>();
    const strict = new Set<string>();
    for (const { host, tls } of routes) {
      // The first route of a host decides.
      if (tls === undefined || hosts.has(host)) continue;
      hosts.set(host, tls.certificate);
      if (tls.redirect) redirected.add(host);
      if (isStrict(host, tls)) strict.add(host);
    }
    this.#hosts = hosts;
    this.#redirected = redirected;
    this.#strict = strict;
    this.#shelf.keep(hosts);
    await this.#lookAtAll();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#plain.close();
  }

  answer(host: string, path: string): Refusal | undefined {
    if (isChallenge(path)) {
      const content = answerAt(this.#challenges, path);
      return content === undefined ? undefined : { status: 200, reason: 'acme_challenge', message: '', content };
    }
    if (this.#redirected.size === 0 || !path.startsWith('/')) return undefined;
    const name = bareHost(host);
    const source = this.#redirected.has(name) ? this.#hosts.get(name) : undefined;
    if (source === undefined || !this.#shelf.has(name, source)) return undefined;
    const location = `https://${name}${this.#port}${path}`;
    return { status: 308, reason: 'https_only', message: `This is served at ${location}`, location };
  }

  isStrict(host: string): boolean {
    return this.#strict.size > 0 && this.#strict.has(bareHost(host));
  }

  async #lookAtAll(): Promise<void> {
    await Promise.all([...this.#hosts].map(([host, source]) => this.#shelf.find(host, source)));
  }

  /** Of each connection one or the other comes, once: what takes too long fails as well. */
  #count(server: Server): void {
    server.on('secureConnection', () => this.#handshakes--);
    server.on('tlsClientError', (_: Error, socket: TLSSocket) => {
      this.#handshakes--;
      socket.destroy();
    });
  }

  #knocked(socket: Socket): void {
    // Resets come before anybody else listens.
    socket.on('error', () => socket.destroy());
    if (this.#handshakes >= mostHandshakes || this.#hall?.admits(socket) !== true) {
      socket.destroy();
      return;
    }
    this.#handshakes++;
    // Only while an authority is expected is it asked who comes: everybody else would pay for it.
    if (awaitsLook(this.#challenges)) void this.#ask(socket);
    else this.#secure.emit('connection', socket);
  }

  async #ask(socket: Socket): Promise<void> {
    const proves = await offersProtocol(socket, acmeProtocol, this.#handshakeTimeout);
    if (socket.destroyed) this.#handshakes--;
    else (proves ? this.#proving : this.#secure).emit('connection', socket);
  }

  async #answerName(name: string, done: (error: Error | null, context?: ServerContext) => void): Promise<void> {
    try {
      done(null, await this.#choose(name));
    } catch (thrown) {
      done(asCodeError(thrown));
    }
  }

  async #choose(name: string): Promise<ServerContext | undefined> {
    const host = bareHost(name);
    const source = this.#hosts.get(host);
    return source === undefined ? undefined : this.#shelf.find(host, source);
  }

  #proof(name: string): ServerContext | undefined {
    // Whatever was laid down is asked for by us; the engine's own host has no route.
    const proof = proofFor(this.#challenges, bareHost(name));
    return proof && serverContext(proof);
  }
}
