// Clients of TLS for tests: what was shown and spoken, requests on a connection of their own or on one that is kept, and what they were told.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Authority } from '../../src/adapters/certificates/own/authority.ts';
import { openAuthority } from '../../src/adapters/certificates/own/authority.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Identity } from '../../src/platform/tls/identity.ts';
import type { ServerTls } from '../../src/surfaces/http/listener.ts';

export const day = 24 * 60 * 60_000;

export async function aDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'codectl-tls-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A clock of its own that shows the system's time: authorities are kept by clock. */
export function aClock(now: () => number = Date.now): Clock {
  return {
    now,
    sleep: (_, signal) => new Promise((resolve, reject) => (signal?.aborted ? reject(signal.reason) : setImmediate(resolve))),
  };
}

export async function anAuthority(): Promise<Authority> {
  return openAuthority(await aDirectory(), aClock());
}

/** What a server shows, changed by the test. */
export class Shown implements ServerTls {
  readonly clients: string | undefined;
  #identity: Identity;
  readonly #listeners: (() => void)[] = [];

  constructor(identity: Identity, clients?: string) {
    this.#identity = identity;
    this.clients = clients;
  }

  current(): Identity {
    return this.#identity;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  change(identity: Identity): void {
    this.#identity = identity;
    for (const listener of this.#listeners) listener();
  }
}

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface Asked extends ConnectionOptions {
  readonly port: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
}

/** Rejects when TLS or the connection fails. */
export function ask({ port, path = '/', method = 'GET', headers = {}, agent, ...tls }: Asked): Promise<Told> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, headers, agent: agent ?? false, ...tls }, async (response) => {
      try {
        let body = '';
        for await (const chunk of response.setEncoding('utf8')) body += chunk;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      } catch (thrown) {
        reject(thrown);
      }
    });
    call.on('error', reject);
    call.end();
  });
}

/** One connection, kept. */
export function aKeptConnection(tls: ConnectionOptions): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...tls });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** Resolves once it is secure; rejects when the handshake fails. */
export async function handshake(options: ConnectionOptions & { readonly port: number }): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  // What comes later is for whoever listens.
  socket.on('error', () => undefined);
  return socket;
}
