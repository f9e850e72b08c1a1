// What processes listen on and where they are connected to over TCP: the kernel's tables, joined with the sockets that the processes hold.
import { readFile, readlink } from 'node:fs/promises';
import { socketsOf } from '../process/listen.ts';
import type { SocketRow } from './rows.ts';
import { parseRows } from './rows.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface SocketSight {
  readonly listening: readonly Endpoint[];
  /** Connections that these processes opened, the other end of each; those that they accepted are left out. */
  readonly outbound: readonly Endpoint[];
}

/**
 * Of processes that share a network namespace; `undefined` when neither their sockets nor their tables can be read. A table that several ask
 * for is read once: `tables` lives as long as one look.
 */
export async function socketSight(
  pids: readonly number[],
  tables: Map<string, Promise<readonly SocketRow[]>>,
): Promise<SocketSight | undefined> {
  const held = await socketsOf(pids);
  const rows = await rowsFor(pids, tables);
  if (rows === undefined) return undefined;
  const own = rows.filter(({ inode }) => held.has(inode));
  const listening = own.filter(({ state }) => state === 'listening').map(({ local }) => local);
  const ports = new Set(listening.map(({ port }) => port));
  return {
    listening: unique(listening),
    outbound: unique(own.filter(({ state, local }) => state === 'connected' && !ports.has(local.port)).map(({ remote }) => remote)),
  };
}

/** The first process that still tells; one without a single row belongs to one that has just ended, or to a network without sockets. */
async function rowsFor(
  pids: readonly number[],
  tables: Map<string, Promise<readonly SocketRow[]>>,
): Promise<readonly SocketRow[] | undefined> {
  for (const pid of pids) {
    const namespace = await networkOf(pid);
    if (namespace === undefined) continue;
    const known = tables.get(namespace) ?? readRows(pid);
    tables.set(namespace, known);
    const rows = await known.catch(() => undefined);
    if (rows) return rows;
    tables.delete(namespace);
  }
  return undefined;
}

async function readRows(pid: number): Promise<readonly SocketRow[]> {
  const texts = await Promise.all([
    readFile(`/proc/${pid}/net/tcp`, 'latin1'),
    // A machine without IPv6 has no such table.
    readFile(`/proc/${pid}/net/tcp6`, 'latin1').catch(() => ''),
  ]);
  return texts.flatMap(parseRows);
}

function networkOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
}

function unique(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [...new Map(endpoints.map((one) => [`${one.host} ${one.port}`, one])).values()];
}
