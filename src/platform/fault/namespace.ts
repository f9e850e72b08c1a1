// Cuts the network of another namespace (a container's): rules in a chain of their own, with a date after which the kernel itself ignores them.
import { readlink } from 'node:fs/promises';
import type { Duration } from '../../base/units.ts';
import { runPiped } from '../process/run.ts';

const chain = 'CODECTL_FAULT';
const jumps: readonly (readonly string[])[] = [
  ['INPUT', '!', '-i', 'lo', '-j', chain],
  ['OUTPUT', '!', '-o', 'lo', '-j', chain],
];

/** Why it cannot be done on this machine; `undefined`: it can. */
export async function whyNoNamespaces(signal: AbortSignal): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root may enter the network of a container';
  return (await said(['nsenter', '--version'], signal)) ?? (await said(['iptables', '--version'], signal));
}

/** Nothing from outside is heard and nothing gets out, until the time is over – also when nobody is left to undo it. Says why not, when it cannot. */
export async function cutNetwork(pid: number, lasts: Duration, signal: AbortSignal): Promise<string | undefined> {
  const stop = new Date(Date.now() + lasts).toISOString().slice(0, 19);
  const network = await networkOf(pid);
  if (network === undefined || network === (await networkOf('self'))) return 'it is gone, or shares the network of this machine';
  const rules = [['-N', chain], ['-A', chain, '-m', 'time', '--datestop', stop, '-j', 'DROP'], ...jumps.map((jump) => ['-I', ...jump])];
  for (const rule of rules) {
    // Whoever has the number meanwhile is not the container.
    if ((await networkOf(pid)) !== network) return 'it ended meanwhile';
    const problem = await inside(pid, rule, signal);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Idempotent. */
export async function joinNetwork(pid: number, signal: AbortSignal): Promise<void> {
  for (const rule of [...jumps.map((jump) => ['-D', ...jump]), ['-F', chain], ['-X', chain]]) await inside(pid, rule, signal);
}

/** Whether the rules are there. */
export async function isCut(pid: number, signal: AbortSignal): Promise<boolean> {
  return (await inside(pid, ['-S', chain], signal)) === undefined;
}

/** `net:[4026531840]` */
function networkOf(pid: number | 'self'): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
}

function inside(pid: number, rule: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return said(['nsenter', '--target', String(pid), '--net', '--', 'iptables', '--wait', ...rule], signal);
}

/** What it said when it failed. */
async function said([command = '', ...args]: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  let text = '';
  try {
    const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
    for await (const piece of runPiped({ command, args, cwd: '/', env: { PATH, LC_ALL: 'C' } }, signal)) {
      if (piece.kind === 'output') text += piece.text;
      else if (piece.code !== 0) return text.trim() || `${command} ended with ${piece.code}`;
    }
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    return thrown instanceof Error ? thrown.message : `${command} cannot be started`;
  }
}
