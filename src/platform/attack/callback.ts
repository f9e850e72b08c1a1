// A listener on loopback that waits for calls nobody should make: each address that it hands out is known by whom it was given to.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from '../node-http.ts';

export interface Callback {
  /** An address of its own for a name. */
  urlFor(name: string): string;
  /** The names whose addresses were called, as often as they were. */
  readonly calls: readonly string[];
  close(): void;
}

export async function openCallback(): Promise<Callback> {
  const names: string[] = [];
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const name = names[Number(/^\/c(\d{1,6})(?:\W|$)/.exec(request.url ?? '')?.[1] ?? -1)];
    if (name !== undefined) calls.push(name);
    request.resume();
    response.writeHead(204, { connection: 'close' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlFor: (name) => `http://127.0.0.1:${port}/c${names.push(name) - 1}`,
    calls,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
