// How many files a running process may have open, and how many it has; changed by util-linux's prlimit.
import { readdir, readFile } from 'node:fs/promises';
import { runPiped } from '../process/run.ts';

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
  return prlimit(['--pid', String(pid), `--nofile=${soft}:`], signal);
}

/** Why limits cannot be set on this machine; `undefined`: they can. */
export function whyNoLimits(signal: AbortSignal): Promise<string | undefined> {
  return prlimit(['--version'], signal);
}

async function prlimit(args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  let said = '';
  try {
    const { PATH = '/usr/bin:/bin' } = process.env;
    for await (const piece of runPiped({ command: 'prlimit', args, cwd: '/', env: { PATH, LC_ALL: 'C' } }, signal)) {
      if (piece.kind === 'output') said += piece.text;
      else if (piece.code !== 0) return said.trim() || `prlimit ended with ${piece.code}`;
    }
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    return thrown instanceof Error ? thrown.message : 'prlimit cannot be started';
  }
}
