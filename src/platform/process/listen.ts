// Which process listens where: joins the kernel's table of listening sockets with the sockets that a session's processes hold.
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { listPids, readStat } from './proc.ts';

export interface Listener {
  readonly port: number;
  /** `127.0.0.1`, `0.0.0.0`, `::`, … as the kernel has it. */
  readonly host: string;
}

export interface Look {
  /** The members of the session, where somebody knows them: then nobody else is looked at. */
  readonly known?: readonly number[] | undefined;
  /** The port that is looked for: once it is found, nothing further is. */
  readonly wanted?: number | undefined;
}

/**
 * What a session (or group) listens on over TCP; a leader that is dead or outside this process's view does not matter while members live.
 * Empty when all are gone, and on systems without /proc.
 */
export async function listeningPorts(leaderPid: number, { known, wanted }: Look = {}): Promise<readonly Listener[]> {
  const members = known ?? listPids().filter((pid) => belongsTo(pid, leaderPid));
  const sockets = await socketsOf(members);
  if (sockets.size === 0) return [];
  const listeners = (rows: readonly TableRow[]) => rows.flatMap(({ inode, port, host }) => (sockets.has(inode) ? [{ port, host }] : []));
  // The processes of one session share a network namespace: the first member that still tells will do.
  for (const pid of members) {
    const rows = listenersIn(`/proc/${pid}/net/tcp`);
    const found = listeners(rows);
    if (found.some(({ port }) => port === wanted)) return found;
    const rows6 = listenersIn(`/proc/${pid}/net/tcp6`);
    if (rows.length + rows6.length > 0) return [...found, ...listeners(rows6)];
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

function listenersIn(table: string): readonly TableRow[] {
  try {
    const file = openSync(table, 'r');
    try {
      return readListeners((buffer) => readSync(file, buffer));
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}

/**
 * "It will first list all listening TCP sockets, and next list all established TCP connections" (Linux, proc_net_tcp.rst). Of the latter a
 * busy machine has tens of thousands, so what follows the first of them is left unread. `read` fills the buffer and returns how far, 0 at the end.
 */
export function readListeners(read: (buffer: Buffer) => number): readonly TableRow[] {
  const buffer = Buffer.allocUnsafe(16_384);
  let text = '';
  for (let size = read(buffer); size > 0; size = read(buffer)) {
    text += buffer.toString('latin1', 0, size);
    const whole = text.slice(0, text.lastIndexOf('\n'));
    const last = whole.slice(whole.lastIndexOf('\n') + 1);
    if (!isHead(last) && parseTableRow(last).length === 0) break;
  }
  return text.split('\n').flatMap(parseTableRow);
}

const isHead = (line: string): boolean => line.includes('local_address');

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
export function hostOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, at) => (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16));
  const mapped = bytes.slice(12).join('.');
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && isIPv4(mapped);
  return isMapped ? mapped : new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1);
}
