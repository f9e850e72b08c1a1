// Cuts the network of another namespace (a container's), or only its questions for names: rules in a chain of their own, with a date after which the kernel itself ignores them.
import { readlink } from 'node:fs/promises';
import type { Duration } from '../../base/units.ts';
import { textOf } from '../process/run.ts';
import { said, searched } from './said.ts';

/** What is dropped, and under which name. */
export interface Cut {
  readonly chain: string;
  readonly matches: readonly (readonly string[])[];
}

/** Everything from outside, and to it. */
export const wholeNetwork: Cut = {
  chain: 'CODECTL_FAULT',
  matches: [
    ['INPUT', '!', '-i', 'lo'],
    ['OUTPUT', '!', '-o', 'lo'],
  ],
};

/** Questions to the Engine's own resolver on their way in, and answers of any other; nobody is told that they are lost. */
export const names: Cut = {
  chain: 'CODECTL_NAMES',
  matches: [
    ['INPUT', '-d', '127.0.0.11'],
    ['INPUT', '-p', 'udp', '--sport', '53'],
    ['INPUT', '-p', 'tcp', '--sport', '53'],
  ],
};

/** Why it cannot be done on this machine; `undefined`: it can. */
export async function whyNoNamespaces(signal: AbortSignal): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root may enter the network of a container';
  return (await said(['nsenter', '--version'], signal)) ?? (await said(['iptables', '--version'], signal));
}

/** What the cut matches is lost until the time is over – also when nobody is left to undo it. Says why not, when it cannot. */
export async function cutNetwork(pid: number, cut: Cut, lasts: Duration, signal: AbortSignal): Promise<string | undefined> {
  const stop = new Date(Date.now() + lasts).toISOString().slice(0, 19);
  const network = await networkOf(pid);
  if (network === undefined || network === (await networkOf('self'))) return 'it is gone, or shares the network of this machine';
  const { chain } = cut;
  const rules = [
    ['-N', chain],
    ['-A', chain, '-m', 'time', '--datestop', stop, '-j', 'DROP'],
    ...jumpsOf(cut).map((jump) => ['-I', ...jump]),
  ];
  for (const rule of rules) {
    // Whoever has the number meanwhile is not the container.
    if ((await networkOf(pid)) !== network) return 'it ended meanwhile';
    const problem = await inside(pid, rule, signal);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Idempotent. */
export async function joinNetwork(pid: number, cut: Cut, signal: AbortSignal): Promise<void> {
  for (const rule of [...jumpsOf(cut).map((jump) => ['-D', ...jump]), ['-F', cut.chain], ['-X', cut.chain]])
    await inside(pid, rule, signal);
}

/** Whether the rules are there. */
export async function isCut(pid: number, { chain }: Cut, signal: AbortSignal): Promise<boolean> {
  return (await inside(pid, ['-S', chain], signal)) === undefined;
}

function jumpsOf({ chain, matches }: Cut): readonly (readonly string[])[] {
  return matches.map((match) => [...match, '-j', chain]);
}

/** What a resolver there says of a name: an answer of any kind, or nothing in that time. Errors: those of a program that cannot be started. */
export async function askNames(
  pid: number,
  server: string,
  name: string,
  patience: Duration,
  signal: AbortSignal,
): Promise<'answered' | 'silent'> {
  const args = ['--target', String(pid), '--net', '--', process.execPath, '-e', question, server, name, String(patience)];
  const { out } = await textOf({ command: 'nsenter', args, cwd: '/', env: searched() }, 1_000, 10 * patience + 10_000, signal);
  // A server that is not there refuses at once: nothing was asked, either.
  return /^(?:ETIMEOUT|ECONNREFUSED|ECANCELLED)$/.test(out.trim()) ? 'silent' : 'answered';
}

const question = `
const { Resolver } = require('node:dns/promises');
const [server, name, patience] = process.argv.slice(1);
const resolver = new Resolver({ timeout: Number(patience), tries: 1 });
resolver.setServers([server]);
resolver.resolve4(name).then(() => console.log('OK'), (error) => console.log(error.code));
`;

/** `net:[4026531840]` */
function networkOf(pid: number | 'self'): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
}

function inside(pid: number, rule: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return said(['nsenter', '--target', String(pid), '--net', '--', 'iptables', '--wait', ...rule], signal);
}
