// Seals the cookies by which visitors keep their side: nobody else can make one, and nobody can tell beforehand where one leads.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { randomText } from '../../base/ids.ts';

const idLength = 16;
/** Bytes of the code that the cookie shows: 96 bits cannot be guessed. */
const shown = 12;
const form = /^([0-9a-z]{16})\.([\w-]{16})$/;

export interface SealedVisitor {
  /** What the browser keeps. */
  readonly cookie: string;
  /** Follows from the cookie for whoever has the key, and for nobody else. */
  readonly secret: string;
}

/** A cookie is an id and the beginning of its HMAC-SHA256; the rest of that stays here. */
export class Seal {
  readonly #key: Buffer;

  /** `key`: 32 bytes at random. */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** For somebody new. `service` is the key of a service: what one gave out is worth nothing at another. */
  make(service: string): SealedVisitor {
    const id = randomText(idLength);
    const code = this.#codeOf(service, id);
    return { cookie: `${id}.${code.toString('base64url', 0, shown)}`, secret: code.toString('latin1', shown) };
  }

  /** Undefined for what we did not make. */
  read(service: string, cookie: string): SealedVisitor | undefined {
    const [, id, tag] = form.exec(cookie) ?? [];
    if (id === undefined || tag === undefined) return undefined;
    const code = this.#codeOf(service, id);
    const given = Buffer.from(tag, 'base64url');
    if (given.length !== shown || !timingSafeEqual(given, code.subarray(0, shown))) return undefined;
    return { cookie, secret: code.toString('latin1', shown) };
  }

  #codeOf(service: string, id: string): Buffer {
    return createHmac('sha256', this.#key).update(`${service}\n${id}`).digest();
  }
}
