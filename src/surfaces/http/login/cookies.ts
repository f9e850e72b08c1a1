// Cookies of people who log in with a browser: the session's, the proof that a change was meant, and the login that is under way.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How browsers reach this API. */
export interface Site {
  /** `https://deploy.example.org`; absent: on this machine, wherever they ask. */
  readonly url?: string | undefined;
  /** Whether the listener itself speaks TLS. */
  readonly secure?: boolean;
}

export interface CookieNames {
  readonly session: string;
  readonly proof: string;
  readonly login: string;
}

/** What a change that comes with a cookie must say besides, in lower case. */
export const proofHeader = 'x-csrf-token';

/** With TLS no other site, not even one below or beside this one, can set them (RFC 6265bis, 4.1.3.2). Without TLS browsers refuse that prefix. */
export function cookieNames(site: Site): CookieNames {
  const prefix = isSecure(site) ? '__Host-' : '';
  return { session: `${prefix}codectl_session`, proof: `${prefix}codectl_csrf`, login: `${prefix}codectl_login` };
}

export interface CookieOptions {
  readonly site: Site;
  /** Seconds; 0 takes it away. Absent: until the browser ends. */
  readonly life?: number;
  /** `Lax` for what must come back with somebody whom another site sends here. */
  readonly sameSite: 'Strict' | 'Lax';
  /** Pages may read it. */
  readonly readable?: boolean;
}

export function cookie(name: string, value: string, { site, life, sameSite, readable = false }: CookieOptions): string {
  return [
    `${name}=${value}`,
    'Path=/',
    `SameSite=${sameSite}`,
    ...(readable ? [] : ['HttpOnly']),
    ...(isSecure(site) ? ['Secure'] : []),
    ...(life === undefined ? [] : [`Max-Age=${life}`]),
  ].join('; ');
}

/** One that is there twice was put there by somebody else, and counts as none. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return found.length === 1 ? found[0] : undefined;
}

/** Follows from the session's secret, so that nobody who does not have that can make one; it gives nothing of it away. */
export function proofFor(secret: string): string {
  return createHmac('sha256', secret).update('codectl: this change is meant').digest('base64url');
}

/** Takes the same time wherever they differ. */
export function isProof(given: string, secret: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(proofFor(secret))];
  return left.length === right.length && timingSafeEqual(left, right);
}

function isSecure({ url, secure = false }: Site): boolean {
  return url?.startsWith('https:') ?? secure;
}
