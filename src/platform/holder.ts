// One process per directory: a name outside the file system that the kernel gives to one holder, and takes back when that one dies.
import { readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { digestOf, shortDigest } from '../base/digest.ts';
import { systemErrorCode } from '../base/errors.ts';
import { socketsOf } from './process/listen.ts';
import { listPids } from './process/proc.ts';

/** A name that one process can hold for a directory; undefined where there are no such names. */
export function holderName(directory: string): string | undefined {
  return process.platform === 'linux' ? `\0codectl-${ourselves()}-${shortDigest(digestOf(directory), 32)}` : undefined;
}

/** Whether a process of this user holds the directory, also one that is too busy to answer. Never rejects. */
export async function isHeld(directory: string, user = ourselves()): Promise<boolean> {
  const path = holderName(directory);
  if (path === undefined || !(await isTaken(path))) return false;
  // Such names have no owner: anybody may take ours, and would keep us from starting for ever if he counted.
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  const rows = table.split('\n').filter((row) => row.endsWith(` @${path.slice(1)}`));
  const inodes = rows.map((row) => row.trim().split(/\s+/)[6] ?? '');
  const owners = await Promise.all(
    listPids().map(async (pid) => ({ pid, owner: (await stat(`/proc/${pid}`).catch(() => undefined))?.uid })),
  );
  const open = await socketsOf(owners.filter(({ owner }) => owner === user).map(({ pid }) => pid));
  return inodes.some((inode) => open.has(inode));
}

function isTaken(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const over = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => over(true)).once('error', (error) => over(systemErrorCode(error) !== 'ECONNREFUSED'));
  });
}

function ourselves(): number {
  return process.getuid?.() ?? 0;
}
