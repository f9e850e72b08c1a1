// One request to an address that a manifest names, on a connection of its own: only where the engine may call, and bounded in time and size.
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { isIP } from 'node:net';
import { systemErrorCode } from '../../base/errors.ts';
import type { Bytes, Duration } from '../../base/units.ts';
import { checkedLookup, notPermitted } from '../guard/network/lookup.ts';
import type { Outbound } from '../guard/network/outbound.ts';
import type { Hop } from '../guard/network/redirect.ts';
import { isRedirect, nextHop } from '../guard/network/redirect.ts';
import { hostOf } from '../guard/network/target.ts';
import { request, secureRequest } from '../node-http.ts';

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeout: Duration;
  /** A longer answer is refused; absent: its head is all that is wanted. */
  readonly most?: Bytes;
  /** How many redirects of a GET are followed, within the same time; absent: each is an answer. Headers go to the first host only. */
  readonly redirects?: number;
}

/** Names of headers in lower case. */
export type Called =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string; header(name: string): string | undefined }
  /** `because`: the system's code (`ECONNREFUSED`), `timeout`, `longer than … bytes`, or that it is not permitted. */
  | { readonly kind: 'broken'; readonly because: string };

/** Rejects with the signal's reason only. */
export async function call({ url, timeout, most, redirects = 0, ...rest }: Call, outbound: Outbound, signal: AbortSignal): Promise<Called> {
  const late = AbortSignal.timeout(timeout);
  try {
    const sent = { ...rest, signal: AbortSignal.any([signal, late]) };
    const response = await follow({ url: new URL(url), registered: true }, sent, outbound, redirects);
    const text = most === undefined ? '' : await readAtMost(response, most);
    response.destroy();
    if (text === undefined) return { kind: 'broken', because: `longer than ${most} bytes` };
    const header = (name: string): string | undefined => [response.headers[name]].flat()[0];
    return { kind: 'answer', status: response.statusCode ?? 0, text, header };
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: 'broken', because: late.aborted ? 'timeout' : reasonOf(thrown) };
  }
}

interface Sent extends Pick<Call, 'method' | 'headers' | 'body'> {
  readonly signal: AbortSignal;
}

async function follow(first: Hop, sent: Sent, outbound: Outbound, redirects: number): Promise<IncomingMessage> {
  let hop = first;
  for (let left = redirects; ; left -= 1) {
    const bare = { method: sent.method, signal: sent.signal };
    const response = await send(hop, hop.registered ? sent : bare, outbound);
    const { location } = response.headers;
    if (left <= 0 || sent.method !== 'GET' || location === undefined || !isRedirect(response.statusCode)) return response;
    response.destroy();
    hop = nextHop(hop, location);
  }
}

function send({ url, registered }: Hop, { body, headers, method, signal }: Sent, outbound: Outbound): Promise<IncomingMessage> {
  const host = hostOf(url);
  const permits = registered ? outbound.permits : outbound.permitsStranger;
  // A literal is connected to without being looked up.
  if (isIP(host) !== 0 && !permits(host, host)) throw notPermitted(host);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const lookup = checkedLookup({ permits, strict: !registered });
  const options: RequestOptions = { method, headers: { ...headers, ...length }, signal, agent: false, lookup };
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
