// A connection to another engine's HTTP API, over a unix socket, TCP or TLS: JSON and bytes both ways, answers as streams.
import type { IncomingMessage, RequestOptions } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { request as plainRequest, secureRequest } from '../node-http.ts';
import type { Query } from './query.ts';
import { queryText } from './query.ts';

export type LinkTarget =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: LinkTls };

/** PEM texts: whom we trust, and who we are. */
export interface LinkTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Another name than the host's in its certificate. */
  readonly servername?: string;
  /** `false`: whoever answers is believed. */
  readonly rejectUnauthorized?: false;
}

export interface LinkRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, instead of `json`. */
  readonly body?: AsyncIterable<Uint8Array>;
}

export interface LinkAnswer {
  readonly status: number;
  /** Names in lower case. */
  header(name: string): string | undefined;
  /** Reads to the end; longer than `most` bytes is cut. */
  text(most?: number): Promise<string>;
  /** As they come. Leaving the loop early closes the connection. */
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): void;
}

/**
 * Resolves with the head of the answer, whatever its status. Each request has a connection of its own: a kept one that the other side has
 * closed meanwhile would fail a call. Rejects with the system's error, or with the signal's reason; the signal ends a running answer, too.
 */
export async function ask(target: LinkTarget, request: LinkRequest, signal: AbortSignal): Promise<LinkAnswer> {
  signal.throwIfAborted();
  const text = request.json === undefined ? undefined : Buffer.from(JSON.stringify(request.json));
  const send = target.kind === 'tcp' && target.tls ? secureRequest : plainRequest;
  const call = send({ ...optionsOf(target, request, text), signal });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    call.once('response', resolve);
    call.on('error', reject);
  });
  try {
    if (request.body) {
      // An answer may come before everything was sent; then it counts, not that sending failed.
      pipeline(Readable.from(request.body, { objectMode: false }), call).catch(() => undefined);
    } else call.end(text);
    return answerOf(await answered, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  }
}

export function optionsOf(target: LinkTarget, request: LinkRequest, text: Buffer | undefined): RequestOptions {
  const length = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(text.length) };
  const headers = { host: target.kind === 'socket' ? 'localhost' : target.host, ...length, ...request.headers };
  const where = target.kind === 'socket' ? { socketPath: target.path } : { host: target.host, port: target.port, ...target.tls };
  return { ...where, method: request.method, path: `${request.path}${queryText(request.query)}`, headers, agent: false };
}

export function answerOf(response: IncomingMessage, signal: AbortSignal): LinkAnswer {
  const chunks = chunksOf(response, signal);
  return {
    status: response.statusCode ?? 0,
    header: (name) => {
      const value = response.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    chunks,
    text: async (most = 16 * 2 ** 20) => {
      const pieces: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of chunks) {
        pieces.push(chunk);
        size += chunk.byteLength;
        if (size > most) break;
      }
      return Buffer.concat(pieces).toString('utf8', 0, most);
    },
    close: () => void response.destroy(),
  };
}

async function* chunksOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) if (chunk instanceof Uint8Array) yield chunk;
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    response.destroy();
  }
}

/** Each line of a stream of text, as it comes; blank ones are left out. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}
