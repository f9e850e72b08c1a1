// What every request to the ACME server of the tests must be (RFC 8555 §6): signed by its account, for this URL, with a nonce that was never used.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { JWK } from 'jose';
import { calculateJwkThumbprint, decodeProtectedHeader, flattenedVerify, importJWK } from 'jose';

/** An error as the protocol tells it. */
export class Refused extends Error {
  readonly kind: string;
  readonly status: number;
  readonly retryAfter: string | undefined;

  constructor(kind: string, detail: string, status = 400, retryAfter?: string) {
    super(detail);
    this.kind = kind;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export interface Account {
  readonly url: string;
  readonly key: JWK;
  readonly thumbprint: string;
  readonly contact: readonly string[];
}

export class Nonces {
  readonly #fresh = new Set<string>();

  make(): string {
    const nonce = randomBytes(16).toString('base64url');
    this.#fresh.add(nonce);
    return nonce;
  }

  /** Good once. */
  take(nonce: unknown): void {
    if (typeof nonce !== 'string' || !this.#fresh.delete(nonce)) throw new Refused('badNonce', 'this nonce was not given, or was used');
  }
}

export interface Said {
  /** Absent: the request is signed by a key that comes with it. */
  readonly account: Account | undefined;
  readonly key: JWK;
  readonly thumbprint: string;
  /** `undefined`: POST-as-GET. */
  readonly payload: Readonly<Record<string, unknown>> | undefined;
}

export async function readSigned(
  request: IncomingMessage,
  url: string,
  nonces: Nonces,
  accountAt: (url: string) => Account | undefined,
): Promise<Said> {
  if (request.headers['content-type'] !== 'application/jose+json') throw new Refused('malformed', 'not application/jose+json', 415);
  const signed = flattened(JSON.parse(await textOf(request)) as Readonly<Record<string, unknown>>);
  const header = decodeProtectedHeader(signed) as Readonly<Record<string, unknown>>;
  nonces.take(header['nonce']);
  const { account, key } = signerOf(header, url, accountAt);
  const { payload } = await flattenedVerify(signed, await importJWK(key, 'ES256')).catch(() => {
    throw new Refused('unauthorized', 'the signature does not fit', 401);
  });
  const text = new TextDecoder().decode(payload);
  return {
    account,
    key,
    thumbprint: await calculateJwkThumbprint(key),
    payload: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
}

function flattened(jws: Readonly<Record<string, unknown>>) {
  const { protected: head, payload, signature } = jws as Readonly<Record<'protected' | 'payload' | 'signature', unknown>>;
  if (typeof head !== 'string' || typeof payload !== 'string' || typeof signature !== 'string' || 'header' in jws)
    throw new Refused('malformed', 'not a flattened JWS with a protected header only');
  return { protected: head, payload, signature };
}

function signerOf(header: Readonly<Record<string, unknown>>, url: string, accountAt: (url: string) => Account | undefined) {
  if (header['alg'] !== 'ES256') throw new Refused('badSignatureAlgorithm', `alg is ${String(header['alg'])}`);
  if (header['url'] !== url) throw new Refused('unauthorized', `signed for ${String(header['url'])}, sent to ${url}`, 401);
  if ('jwk' in header === 'kid' in header) throw new Refused('malformed', 'exactly one of jwk and kid');
  const account = 'kid' in header ? accountAt(String(header['kid'])) : undefined;
  if ('kid' in header && !account) throw new Refused('accountDoesNotExist', 'no such account');
  const key = account?.key ?? (header['jwk'] as JWK);
  if ('d' in key) throw new Refused('badPublicKey', 'the private key was sent');
  return { account, key };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
