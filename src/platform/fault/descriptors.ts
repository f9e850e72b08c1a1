// How many files a running process may have open, and how many it has; changed by util-linux's prlimit.
import { readdir, readFile } from 'node:fs/promises';
import { said } from './said.ts';

export interface DescriptorLimit {
  readonly soft: number;
  readonly hard: number;
}

/** `undefined` when there is no such process. */
export async function descriptorLimit(pid: number): Promise<DescriptorLimit | undefined> {
  const text = await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => '');
  const [, soft, hard] = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(text) ?? [];
  if (soft === undefined || hard === undefined) return undefined;
  const number = (word: string) => (word === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(word));
  return { soft: number(soft), hard: number(hard) };
}

export async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
}

/** Sets the soft limit and leaves the hard one; says why not, when it cannot. */
export async function limitDescriptors(pid: number, soft: number, signal: AbortSignal): Promise<string | undefined> {
  return said([...(await asItsUser(pid)), 'prlimit', '--pid', String(pid), `--nofile=${soft}:`], signal);
}

/** Limits are for the same user to change, or for a capability that even root need not have (`man 2 prlimit`). */
async function asItsUser(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [uid, gid] = ['Uid', 'Gid'].map((name) => new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
  if (uid === undefined || gid === undefined || Number(uid) === process.getuid?.()) return [];
  return ['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', '--'];
}

/** Why limits cannot be set on this machine; `undefined`: they can. */
export function whyNoLimits(signal: AbortSignal): Promise<string | undefined> {
  return said(['prlimit', '--version'], signal);
}
