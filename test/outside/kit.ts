// Neighbours as strict as the real ones: a program of HTTP that answers only what its documentation has, and remembers what it was asked.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** `undefined`: there is nothing at that address. */
export type Answering = (heard: Heard) => { readonly status: number; readonly body?: unknown } | undefined;

export interface Peer {
  readonly url: string;
  readonly heard: readonly Heard[];
  close(): Promise<void>;
}

export async function peer(answer: Answering): Promise<Peer> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => void serve(request, response, answer, heard));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, answer: Answering, heard: Heard[]): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://peer');
  const one: Heard = { method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body };
  heard.push(one);
  const { status, body: content } = answer(one) ?? { status: 404, body: { message: 'Not Found' } };
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(content === undefined ? '' : JSON.stringify(content));
}
