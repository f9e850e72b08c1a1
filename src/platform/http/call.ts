// One request to an address that a manifest names, on a connection of its own: only where the engine may call, and bounded in time and size.
import { lookup } from 'node:dns';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { systemErrorCode } from '../../base/errors.ts';
import type { Bytes, Duration } from '../../base/units.ts';
import { request, secureRequest } from '../node-http.ts';
import type { Outbound } from './outbound.ts';

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeout: Duration;
  /** A longer answer is refused; absent: its head is all that is wanted. */
  readonly most?: Bytes;
}

export type Called =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  /** `because`: the system's code (`ECONNREFUSED`), `timeout`, `longer than … bytes`, or that it is not permitted. */
  | { readonly kind: 'broken'; readonly because: string };

/** Redirects are answers, not followed. Rejects with the signal's reason only. */
export async function call({ url, timeout, most, ...rest }: Call, outbound: Outbound, signal: AbortSignal): Promise<Called> {
  const late = AbortSignal.timeout(timeout);
  try {
    const response = await send(new URL(url), { ...rest, signal: AbortSignal.any([signal, late]) }, outbound);
    const text = most === undefined ? '' : await readAtMost(response, most);
    response.destroy();
    if (text === undefined) return { kind: 'broken', because: `longer than ${most} bytes` };
    return { kind: 'answer', status: response.statusCode ?? 0, text };
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: 'broken', because: late.aborted ? 'timeout' : reasonOf(thrown) };
  }
}

interface Sent extends Pick<Call, 'method' | 'headers' | 'body'> {
  readonly signal: AbortSignal;
}

function send(url: URL, { body, headers, method, signal }: Sent, outbound: Outbound): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A literal is connected to without being looked up.
  if (isIP(host) !== 0 && !outbound.permits(host, host)) throw notPermitted(host);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options: RequestOptions = { method, headers: { ...headers, ...length }, signal, agent: false, lookup: permittedOnly(outbound) };
  return new Promise((resolve, reject) => {
    const sent = begin(url, options);
    sent.on('error', reject);
    sent.on('response', resolve);
    sent.end(body);
  });
}

function begin(url: URL, options: RequestOptions): ClientRequest {
  return url.protocol === 'https:' ? secureRequest(options, url) : request(url, options);
}

/** The addresses that are checked are those that are connected to: a name that leads elsewhere the next moment changes nothing. */
function permittedOnly(outbound: Outbound): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      const permitted = (found ?? []).filter(({ address }) => outbound.permits(host, address));
      const [first] = permitted;
      if (error) callback(error, '');
      else if (first === undefined) callback(notPermitted(host, found[0]?.address), '');
      else if (options.all) callback(null, permitted);
      else callback(null, first.address, first.family);
    });
  };
}

function notPermitted(host: string, address?: string): Error {
  const place = address === undefined ? host : `${host} (${address})`;
  return new Error(`this engine may not call ${place}: see its setting calls_allowed`);
}

async function readAtMost(response: IncomingMessage, most: Bytes): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > most) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Where several addresses were tried, the error of the first says it. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return systemErrorCode(thrown) ?? (thrown instanceof AggregateError ? reasonOf(thrown.errors[0]) : thrown.message);
}
