// Which process listens where: joins the kernel's table of listening sockets with the sockets that a session's processes hold.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { listPids, readStat } from './proc.ts';

export interface Listener {
  readonly port: number;
  /** `127.0.0.1`, `0.0.0.0`, `::`, … as the kernel has it. */
  readonly host: string;
}

/**
 * What a session (or group) listens on over TCP; a leader that is dead or outside this process's view does not matter while members live.
 * Empty when all are gone, and on systems without /proc.
 */
export async function listeningPorts(leaderPid: number): Promise<readonly Listener[]> {
  const members = listPids().filter((pid) => belongsTo(pid, leaderPid));
  const sockets = await socketsOf(members);
  if (sockets.size === 0) return [];
  const rows = await firstTable(members);
  return rows.flatMap(({ inode, port, host }) => (sockets.has(inode) ? [{ port, host }] : []));
}

/** The listeners in the network namespace of the first member that still tells: the processes of one session share it. */
async function firstTable(members: readonly number[]): Promise<readonly TableRow[]> {
  for (const pid of members) {
    const tables = await Promise.all([listenersIn(`/proc/${pid}/net/tcp`), listenersIn(`/proc/${pid}/net/tcp6`)]);
    if (tables.some((rows) => rows.length > 0)) return tables.flat();
  }
  return [];
}

function belongsTo(pid: number, leaderPid: number): boolean {
  const stat = readStat(pid);
  return stat?.session === leaderPid || stat?.group === leaderPid;
}

/** Inodes of the sockets that these processes have open. */
export async function socketsOf(pids: readonly number[]): Promise<ReadonlySet<string>> {
  const inodes = await Promise.all(pids.map(openSockets));
  return new Set(inodes.flat());
}

async function openSockets(pid: number): Promise<readonly string[]> {
  const directory = `/proc/${pid}/fd`;
  const descriptors = await readdir(directory).catch(() => []);
  const targets = await Promise.all(descriptors.map((fd) => readlink(`${directory}/${fd}`).catch(() => '')));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}

interface TableRow extends Listener {
  readonly inode: string;
}

async function listenersIn(table: string): Promise<readonly TableRow[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  return text.split('\n').slice(1).flatMap(parseTableRow);
}

const listenState = '0A';

/** One line of /proc/net/tcp{,6}: `sl local_address rem_address st … uid timeout inode …`; other states than LISTEN give nothing. */
export function parseTableRow(line: string): readonly TableRow[] {
  const fields = line.trim().split(/\s+/);
  const [address, port] = (fields[1] ?? '').split(':');
  const inode = fields[9];
  if (fields[3] !== listenState || !address || !port || !inode) return [];
  return [{ inode, port: Number.parseInt(port, 16), host: hostOf(address) }];
}

/** The kernel prints each 32-bit word of an address in the machine's byte order (little-endian on every machine Node runs on). */
function hostOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, at) => (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16));
  const mapped = bytes.slice(12).join('.');
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && isIPv4(mapped);
  return isMapped ? mapped : new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1);
}
