// `fetch` as libraries of identity providers want it, which reaches the issuer that the operator registered, and beyond it only what is public or listed.
import { CodeError } from '../../base/errors.ts';
import type { Bytes, Duration } from '../../base/units.ts';
import type { Outbound } from '../guard/network/outbound.ts';
import { outboundTo } from '../guard/network/outbound.ts';
import { hostOf, strangerTarget } from '../guard/network/target.ts';
import { call } from './call.ts';

export interface ProviderFetchOptions {
  /** URL of the issuer: its own host is believed to be meant, wherever it is. */
  readonly issuer: string;
  /** Hosts and networks, besides, that its endpoints may be at though they are not public. */
  readonly hosts: readonly string[];
  /** Of one request. */
  readonly timeout: Duration;
}

export interface FetchInit {
  readonly method?: string;
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | null;
}

export type ProviderFetch = (url: string, init?: FetchInit) => Promise<Response>;

/** Documents of providers are some kilobytes; those with many keys and groups a few dozen. */
const most: Bytes = 1024 * 1024;
/** What the libraries look at. */
const wanted = ['content-type', 'www-authenticate'];

/** Redirects are answers. Errors: `identity_unavailable`. */
export function providerFetch({ issuer, hosts, timeout }: ProviderFetchOptions): ProviderFetch {
  const home = new URL(issuer);
  // Registered by whoever owns the machine, as what he has in his own network; `outboundTo` still refuses a cloud's metadata.
  const registered = outboundTo([]);
  const listed = outboundTo(hosts);
  const toStrangers: Outbound = { ...registered, permits: registered.permitsStranger };
  const wayTo = (url: URL): Outbound => {
    if (url.origin === home.origin) return registered;
    if (url.protocol !== 'https:') throw refused(url, 'it is not https');
    if (hosts.length > 0 && (listed.permitsName(hostOf(url)) || listed.permits(hostOf(url), hostOf(url)))) return listed;
    const target = strangerTarget(url.href, [home.port]);
    if (target.kind === 'refused') throw refused(url, target.because);
    return toStrangers;
  };
  return async (text, { method = 'GET', headers, body, signal } = {}) => {
    const url = new URL(text);
    const request = {
      method: method === 'POST' ? 'POST' : 'GET',
      url: url.href,
      headers: Object.fromEntries(new Headers(headers)),
      timeout,
      most,
      ...(body !== undefined && body !== null && { body: textOf(body) }),
    } as const;
    const called = await call(request, wayTo(url), signal ?? new AbortController().signal);
    if (called.kind === 'broken') throw broken(url, called.because);
    const heads = wanted.flatMap((name) => {
      const value = called.header(name);
      return value === undefined ? [] : [[name, value] as [string, string]];
    });
    return new Response(called.text === '' ? null : called.text, { status: called.status, headers: heads });
  };
}

/** Forms and JSON are all that is sent. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new CodeError('internal', 'A provider would be sent what is no form.');
}

function broken(url: URL, because: string): CodeError {
  if (because.includes('calls_allowed')) return refused(url, 'its address is not public');
  return new CodeError('identity_unavailable', `The identity provider does not answer at ${url.origin}: ${because}.`, {
    hint: 'Try again; if it stays so, look whether the provider runs, and whether this machine reaches it.',
  });
}

function refused({ origin }: URL, because: string): CodeError {
  return new CodeError(
    'identity_unavailable',
    `The identity provider sends this engine to ${origin}, which it does not call: ${because}.`,
    {
      hint: 'If that place is meant, list its host under "hosts" of the provider in login_providers.',
    },
  );
}
