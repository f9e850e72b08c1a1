// Speaks to an ACME server (RFC 8555 §6): signed requests, each with a nonce of its own, at the server's own origin only.
import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint, FlattenedSign } from 'jose';
import { z } from 'zod';
import { asCodeError, CodeError, systemErrorCode } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { LinkAnswer } from '../../../platform/http/link.ts';
import { ask } from '../../../platform/http/link.ts';
import { kindOf, refusal, unavailable } from './refused.ts';

const directoryShape = z.looseObject({
  newNonce: z.string(),
  newAccount: z.string(),
  newOrder: z.string(),
  meta: z.looseObject({ externalAccountRequired: z.boolean().optional() }).optional(),
});
export type AcmeDirectory = z.infer<typeof directoryShape>;

export interface Reply {
  readonly status: number;
  readonly location: string | undefined;
  /** The server asked to be left alone for so long. */
  readonly retryAfter: Duration | undefined;
  readonly text: string;
}

export interface SessionOptions {
  /** URL of the directory. */
  readonly url: string;
  /** PEM: whom the server itself is believed from; absent: whom all programs here believe. */
  readonly trust?: string | undefined;
  /** Of the account, on P-256. */
  readonly key: KeyObject;
  readonly now: () => number;
}

const nonceTries = 5;
/** Chains are a few kilobytes. */
const longest = 256 * 1024;

export class AcmeSession {
  readonly #options: SessionOptions;
  readonly #origin: string;
  readonly #jwk: Readonly<Record<string, unknown>>;
  #nonce: string | undefined;
  #directory: AcmeDirectory | undefined;
  /** URL of the account, once it is known. */
  account: string | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#origin = new URL(options.url).origin;
    this.#jwk = { ...createPublicKey(options.key).export({ format: 'jwk' }) };
  }

  async directory(signal: AbortSignal): Promise<AcmeDirectory> {
    if (this.#directory) return this.#directory;
    const { status, text } = await this.#send('GET', this.#options.url, undefined, signal);
    if (status !== 200) throw unavailable(`The ACME server at ${this.#options.url} answered ${status}.`);
    this.#directory = read(directoryShape, text, 'its directory');
    return this.#directory;
  }

  /** What proves that whoever answers with it holds this account's key (§8.1). */
  async authorization(token: string): Promise<string> {
    return `${token}.${await calculateJwkThumbprint(this.#jwk)}`;
  }

  /** Errors: `certificate_unavailable`. `payload` undefined: only reads (POST-as-GET). */
  async post(what: string, url: string, payload: object | undefined, signal: AbortSignal): Promise<Reply> {
    for (let tries = 1; ; tries++) {
      const body = await this.#signed(url, payload, signal);
      const reply = await this.#send('POST', url, body, signal);
      if (reply.status < 300) return reply;
      const problem = jsonIn(reply.text);
      if (kindOf(problem) !== 'badNonce' || tries === nonceTries)
        throw refusal(`The ACME server refused ${what}`, problem, reply.retryAfter);
    }
  }

  async #signed(url: string, payload: object | undefined, signal: AbortSignal): Promise<object> {
    const nonce = this.#nonce ?? (await this.#freshNonce(signal));
    this.#nonce = undefined;
    const who = this.account === undefined ? { jwk: this.#jwk } : { kid: this.account };
    const content = new TextEncoder().encode(payload === undefined ? '' : JSON.stringify(payload));
    return new FlattenedSign(content).setProtectedHeader({ alg: 'ES256', nonce, url, ...who }).sign(this.#options.key);
  }

  async #freshNonce(signal: AbortSignal): Promise<string> {
    const { newNonce } = await this.directory(signal);
    await this.#send('GET', newNonce, undefined, signal);
    if (this.#nonce === undefined) throw unavailable('The ACME server gave no nonce.');
    return this.#nonce;
  }

  async #send(method: 'GET' | 'POST', url: string, body: object | undefined, signal: AbortSignal): Promise<Reply> {
    const to = this.#within(url);
    const target = {
      kind: 'tcp',
      host: to.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(to.port) || 443,
      tls: this.#options.trust === undefined ? {} : { ca: this.#options.trust },
    } as const;
    const headers = { host: to.host, 'user-agent': 'codectl', ...(body && { 'content-type': 'application/jose+json' }) };
    try {
      const answer = await ask(target, { method, path: `${to.pathname}${to.search}`, headers, ...(body && { json: body }) }, signal);
      this.#nonce = answer.header('replay-nonce') ?? this.#nonce;
      const reply = {
        status: answer.status,
        location: answer.header('location'),
        retryAfter: this.#retryAfter(answer),
        text: await answer.text(longest),
      };
      return reply;
    } catch (thrown) {
      if (signal.aborted || thrown instanceof CodeError) throw thrown;
      throw unavailable(
        `The ACME server at ${to.host} does not answer (${systemErrorCode(thrown) ?? asCodeError(thrown).message}).`,
        {},
        thrown,
      );
    }
  }

  /** A server that was taken over must not make us call others. */
  #within(url: string): URL {
    const to = URL.parse(url);
    if (to?.protocol === 'https:' && to.origin === this.#origin) return to;
    throw unavailable(`The ACME server names a place that is not its own (${JSON.stringify(url.slice(0, 200))}).`);
  }

  /** Seconds or a date (RFC 9110 §10.2.3), at most a day. */
  #retryAfter(answer: LinkAnswer): Duration | undefined {
    const given = answer.header('retry-after');
    if (given === undefined) return undefined;
    const wait = /^\d+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - this.#options.now();
    return Number.isFinite(wait) ? Math.min(Math.max(0, wait), 24 * 60 * 60_000) : undefined;
  }
}

export function read<T extends z.ZodType>(shape: T, text: string, what: string): z.infer<T> {
  const parsed = shape.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  throw unavailable(`The ACME server answered with something else than ${what}.`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
