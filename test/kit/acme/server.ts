// A strict ACME server (RFC 8555) on this machine: it believes nothing that it has not verified, and makes the mistakes of real ones on demand.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { openAuthority } from '../../../src/adapters/certificates/own/authority.ts';
import { makeAuthority, makePair, signLeaf } from '../../../src/adapters/certificates/x509.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { validateAlpn, validateHttp } from './validate.ts';
import type { Account, Said } from './wire.ts';
import { Nonces, Refused, readSigned } from './wire.ts';

interface Order {
  readonly account: Account;
  readonly host: string;
  readonly token: string;
  status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';
  /** Of its only authorization. */
  proven: 'pending' | 'valid' | 'invalid';
  error?: object;
  certificate?: string;
  /** How often it is still said to be under way. */
  delay: number;
}

export interface Faults {
  /** So many requests are told that their nonce is bad. */
  badNonces: number;
  /** Seconds; the next orders are refused with it. */
  rateLimited: number | undefined;
  /** How often an order is said to be under way before its certificate is there. */
  delay: number;
  /** Sends a certificate for another host. */
  otherHost: boolean;
}

export interface AcmeServer {
  readonly url: string;
  /** PEM: vouches for the server itself. */
  readonly trust: string;
  /** PEM: vouches for what it signs. */
  readonly authority: string;
  readonly faults: Faults;
  /** Hosts, as their certificates were made. */
  readonly issued: string[];
  readonly accounts: ReadonlyMap<string, Account>;
  readonly requests: string[];
  close(): Promise<void>;
}

export interface AcmeServerOptions {
  readonly ports: { readonly http: number; readonly tls: number };
  /** By whose time certificates begin; absent: the system's. */
  readonly clock?: Clock;
  /** Of a certificate, milliseconds. */
  readonly life?: number;
}

export async function openAcmeServer(options: AcmeServerOptions): Promise<AcmeServer> {
  const directory = await mkdtemp(join(tmpdir(), 'codectl-acme-'));
  const own = await openAuthority(directory, { ...systemClock });
  const { certificate: cert, key } = await own.serve(['127.0.0.1', 'localhost'], 24 * 60 * 60_000);
  const acme = new Acme(options, await issuer(options.clock ?? systemClock));
  const server = createServer({ cert, key }, (request, response) => void acme.serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  acme.base = `https://127.0.0.1:${portOf(server)}`;
  return {
    url: `${acme.base}/directory`,
    trust: own.certificate,
    authority: acme.signer.certificate,
    faults: acme.faults,
    issued: acme.issued,
    accounts: acme.accounts,
    requests: acme.requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function issuer(clock: Clock) {
  const pair = await makePair();
  const day = 24 * 60 * 60_000;
  const certificate = await makeAuthority('ACME test', pair, { from: clock.now() - day, until: clock.now() + 3_650 * day });
  return { certificate, privateKey: pair.privateKey };
}

function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

class Acme {
  base = '';
  readonly faults: Faults = { badNonces: 0, rateLimited: undefined, delay: 0, otherHost: false };
  readonly issued: string[] = [];
  readonly requests: string[] = [];
  readonly accounts = new Map<string, Account>();
  readonly signer: { readonly certificate: string; readonly privateKey: string };
  readonly #options: AcmeServerOptions;
  readonly #nonces = new Nonces();
  readonly #orders: Order[] = [];

  constructor(options: AcmeServerOptions, signer: Acme['signer']) {
    this.#options = options;
    this.signer = signer;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    this.requests.push(`${request.method} ${path}`);
    response.setHeader('replay-nonce', this.#nonces.make());
    try {
      if (path === '/directory') return send(response, 200, this.#directory());
      if (path === '/new-nonce') return void response.writeHead(204).end();
      if (request.method !== 'POST') throw new Refused('malformed', 'only by POST', 405);
      const said = await readSigned(request, `${this.base}${path}`, this.#nonces, (url) =>
        [...this.accounts.values()].find((one) => one.url === url),
      );
      if (this.faults.badNonces > 0) {
        this.faults.badNonces--;
        throw new Refused('badNonce', 'too old');
      }
      await this.#answer(path, said, response);
    } catch (thrown) {
      const { kind, status, message, retryAfter } = thrown instanceof Refused ? thrown : new Refused('serverInternal', String(thrown), 500);
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
      send(response, status, problem(kind, message), 'application/problem+json');
    }
  }

  #directory(): object {
    const at = (name: string) => `${this.base}/${name}`;
    return { newNonce: at('new-nonce'), newAccount: at('new-account'), newOrder: at('new-order'), meta: { termsOfService: at('terms') } };
  }

  async #answer(path: string, said: Said, response: ServerResponse): Promise<void> {
    if (path === '/new-account') return this.#account(said, response);
    if (!said.account) throw new Refused('malformed', 'signed by a key, not by an account');
    if (path === '/new-order') return this.#order(said.account, said, response);
    const [, kind = '', number = ''] = path.split('/');
    const order = this.#orders[Number(number)];
    if (!order || order.account !== said.account) throw new Refused('unauthorized', 'not of this account', 403);
    return this.#ofOrder(kind, order, said, response);
  }

  async #ofOrder(kind: string, order: Order, said: Said, response: ServerResponse): Promise<void> {
    if (kind === 'order') return send(response, 200, this.#shown(order, true));
    if (kind === 'authz') return send(response, 200, this.#authorization(order));
    if (kind === 'cert') return this.#certificate(order, said, response);
    if (kind === 'finalize') return this.#finalize(order, said, response);
    if (kind === 'http-01' || kind === 'tls-alpn-01') return this.#challenge(order, kind, said, response);
    throw new Refused('malformed', 'there is nothing', 404);
  }

  #account({ account, key, thumbprint, payload }: Said, response: ServerResponse): void {
    if (account) throw new Refused('malformed', 'signed by an account');
    const known = this.accounts.get(thumbprint);
    if (!known && payload?.['termsOfServiceAgreed'] !== true) throw new Refused('userActionRequired', 'the terms are not agreed to', 403);
    const contact = (payload?.['contact'] ?? []) as readonly string[];
    const made = known ?? { url: `${this.base}/account/${this.accounts.size}`, key, thumbprint, contact };
    this.accounts.set(thumbprint, made);
    response.setHeader('location', made.url);
    send(response, known ? 200 : 201, { status: 'valid' });
  }

  #order(account: Account, { payload }: Said, response: ServerResponse): void {
    const { rateLimited } = this.faults;
    if (rateLimited !== undefined) throw new Refused('rateLimited', 'too many certificates', 429, String(rateLimited));
    const [identifier] = (payload?.['identifiers'] ?? []) as readonly { type?: string; value?: string }[];
    if (identifier?.type !== 'dns' || identifier.value === undefined) throw new Refused('unsupportedIdentifier', 'only one of dns');
    const order: Order = {
      account,
      host: identifier.value,
      token: randomBytes(32).toString('base64url'),
      status: 'pending',
      proven: 'pending',
      delay: this.faults.delay,
    };
    this.#orders.push(order);
    response.setHeader('location', this.#at('order', order));
    send(response, 201, this.#shown(order));
  }

  #at(kind: string, order: Order): string {
    return `${this.base}/${kind}/${this.#orders.indexOf(order)}`;
  }

  #shown(order: Order, looked = false): object {
    const { status, error } = order;
    if (looked && status === 'processing' && order.delay-- <= 0) order.status = 'valid';
    return {
      status: order.status,
      identifiers: [{ type: 'dns', value: order.host }],
      authorizations: [this.#at('authz', order)],
      finalize: this.#at('finalize', order),
      ...(order.status === 'valid' && { certificate: this.#at('cert', order) }),
      ...(error && { error }),
    };
  }

  #authorization(order: Order): object {
    const challenge = (type: string) => ({
      type,
      url: this.#at(type, order),
      token: order.token,
      status: order.proven,
      ...(order.error && { error: order.error }),
    });
    return {
      status: order.proven,
      identifier: { type: 'dns', value: order.host },
      challenges: [challenge('http-01'), challenge('tls-alpn-01')],
    };
  }

  /** The answer comes first; looking takes its time, as with any authority. */
  #challenge(order: Order, kind: 'http-01' | 'tls-alpn-01', { payload, thumbprint }: Said, response: ServerResponse): void {
    if (payload === undefined || Object.keys(payload).length > 0) throw new Refused('malformed', 'the answer to a challenge is {}');
    if (order.proven !== 'pending') throw new Refused('malformed', 'not pending');
    const { host, token } = order;
    const lookup = { host, token, authorization: `${token}.${thumbprint}`, ports: this.#options.ports };
    void this.#look(order, kind === 'http-01' ? validateHttp(lookup) : validateAlpn(lookup));
    send(response, 200, { type: kind, url: this.#at(kind, order), token, status: 'processing' });
  }

  async #look(order: Order, validation: Promise<void>): Promise<void> {
    try {
      await validation;
      order.proven = 'valid';
      order.status = 'ready';
    } catch (thrown) {
      const { kind, message } = thrown instanceof Refused ? thrown : new Refused('serverInternal', String(thrown));
      order.proven = 'invalid';
      order.status = 'invalid';
      order.error = problem(kind, message);
    }
  }

  async #finalize(order: Order, { payload }: Said, response: ServerResponse): Promise<void> {
    if (order.status !== 'ready') throw new Refused('orderNotReady', `the order is ${order.status}`, 403);
    const csr = new x509.Pkcs10CertificateRequest(Buffer.from(String(payload?.['csr']), 'base64url'));
    if (!(await csr.verify())) throw new Refused('badCSR', 'it is not signed by its own key');
    const named = csr.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
    const names = named?.names.items.map(({ value }) => value);
    if (names?.length !== 1 || names[0] !== order.host) throw new Refused('badCSR', `it is for ${String(names)}, not for ${order.host}`);
    const { clock = systemClock, life = 90 * 24 * 60 * 60_000 } = this.#options;
    const host = this.faults.otherHost ? 'other.example' : order.host;
    const leaf = await signLeaf(
      {
        subject: host,
        names: [host],
        publicKey: csr.publicKey.toString('pem'),
        use: 'server',
        from: clock.now(),
        until: clock.now() + life,
      },
      this.signer,
    );
    order.certificate = `${leaf}${this.signer.certificate}`;
    order.status = 'processing';
    this.issued.push(host);
    send(response, 200, this.#shown(order));
  }

  #certificate(order: Order, { payload }: Said, response: ServerResponse): void {
    if (payload !== undefined) throw new Refused('malformed', 'only by POST-as-GET');
    if (order.status !== 'valid') throw new Refused('orderNotReady', `the order is ${order.status}`, 403);
    response.writeHead(200, { 'content-type': 'application/pem-certificate-chain' }).end(order.certificate);
  }
}

function problem(kind: string, detail: string): object {
  return { type: `urn:ietf:params:acme:error:${kind}`, detail };
}

function send(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}
