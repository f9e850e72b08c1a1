// Where an answer sends us (RFC 9110, 15.4): checked like any address that nobody registered, unless it leads back to the host that was.
import type { Target } from './target.ts';
import { hostOf, strangerTarget } from './target.ts';

export interface Hop {
  readonly url: URL;
  /** Named by a manifest, or on the same host. */
  readonly registered: boolean;
}

const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function isRedirect(status: number | undefined): boolean {
  return statuses.has(status ?? 0);
}

/** `location` as the header has it. What was encrypted stays so. Errors: one that says why it is not followed. */
export function nextHop(from: Hop, location: string): Hop {
  const target = targetOf(from, location);
  if (target.kind === 'refused') throw new Error(`its redirect is not followed: ${target.because}`);
  const { url } = target;
  if (from.url.protocol === 'https:' && url.protocol !== 'https:') throw new Error('its redirect is not followed: it leaves https');
  return { url, registered: from.registered && isSamePlace(url, from.url) };
}

function targetOf({ url }: Hop, location: string): Target {
  if (/^https?:/i.test(location)) return checked(url, location);
  if (/^\/\/[^/]/.test(location)) return checked(url, `${url.protocol}${location}`);
  // A path: whatever it says, it must lead to the same host, and may hold nothing that only some parsers take for one.
  const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  if (!next || next.origin !== url.origin || /[\\\s]/.test(location))
    return { kind: 'refused', because: 'it is neither an address nor a path' };
  return { kind: 'target', url: next, host: hostOf(next) };
}

function checked(from: URL, text: string): Target {
  const next = URL.canParse(text) ? new URL(text) : undefined;
  // The registered host may well be private, and may ask for https.
  if (next && next.username + next.password === '' && isSamePlace(next, from)) return { kind: 'target', url: next, host: hostOf(next) };
  return strangerTarget(text, [from.port]);
}

function isSamePlace(a: URL, b: URL): boolean {
  return hostOf(a) === hostOf(b) && a.port === b.port;
}
