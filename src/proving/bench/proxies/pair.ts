// Two of our gateway processes at one address beside one alone: how much more they carry, and whether they share the work.
import { join } from 'node:path';
import { ensureDirectory, removeTree } from '../../../platform/files.ts';
import type { Child } from '../../../platform/process/child.ts';
import { cpuSecondsOfFamily, startChild } from '../../../platform/process/child.ts';
import { unusedPort } from '../../../platform/process/ports.ts';
import { CpuSlices } from '../../../platform/process/slices.ts';
import { environment, scratch } from '../contenders/contender.ts';
import type { BenchCall } from '../report.ts';
import { tellTable } from './ours.ts';
import { startUpstream } from './upstream.ts';
import { runWrk } from './wrk.ts';

type Count = 1 | 2;

/** What one load showed of one or two processes. */
export interface Shown {
  readonly perSecond: number;
  readonly requests: number;
  /** Seconds of CPU of each process. */
  readonly cpu: readonly number[];
}

export interface PairShown {
  /** Turn by turn. */
  readonly shown: Readonly<Record<Count, readonly Shown[]>>;
  /** Cores that each process was held to; undefined where this machine has no such limit for us. */
  readonly slice: number | undefined;
  /** That each turn took. */
  readonly seconds: number;
}

/** Seconds of load until the compiler is done with a process. */
const warmUp = 2;
/** Turns a round: one is short, and what two are worth beside one is a matter of some percent. */
const turnsARound = 3;
/** Of a core, for each process: two of them are then busy to the full while load generator and upstream have most of two cores. */
const slice = 0.25;

interface Gateways {
  readonly url: string;
  readonly connections: number;
  readonly pids: readonly number[];
}

/** One and two take turns at the same load for each process. All that is started is ended, whatever happens. */
export async function tryPair(gateway: readonly string[], node: string, call: BenchCall): Promise<PairShown> {
  const directory = await scratch();
  const slices = await CpuSlices.open();
  const children: Child[] = [];
  try {
    const upstream = await unusedPort();
    children.push(await startUpstream(node, directory, upstream, call.signal));
    const start = async (count: Count): Promise<Gateways> => {
      const port = await unusedPort();
      const pids: number[] = [];
      for (let at = 1; at <= count; at += 1) {
        const child = await startOne(gateway, { directory: join(directory, `${count}-${at}`), port, upstream }, { at, count }, call.signal);
        children.push(child);
        pids.push(child.pid);
      }
      const { connections = 2 } = call.parameters;
      return { url: `http://127.0.0.1:${port}/1024`, connections: Math.max(1, Math.floor((connections * count) / 2)), pids };
    };
    const both = { 1: await start(1), 2: await start(2) };
    for (const count of [1, 2] as const) await load(both[count], warmUp * count, directory, call.signal);
    const held = await Promise.all([...both[1].pids, ...both[2].pids].map((pid) => slices.hold(pid, slice)));
    return {
      shown: await takeTurns(both, directory, call),
      slice: held.every(Boolean) ? slice : undefined,
      seconds: call.parameters['seconds'] ?? 1,
    };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await slices.end();
    await removeTree(directory);
  }
}

async function takeTurns(both: Readonly<Record<Count, Gateways>>, directory: string, call: BenchCall): Promise<PairShown['shown']> {
  const { rounds = 0, seconds = 1 } = call.parameters;
  const shown: Record<Count, Shown[]> = { 1: [], 2: [] };
  for (let turn = 1; turn <= rounds * turnsARound; turn += 1) {
    call.progress(`turn ${turn} of ${rounds * turnsARound}: one and two of our gateway processes`);
    // Each is first as often as the other.
    for (const count of turn % 2 === 1 ? ([1, 2] as const) : ([2, 1] as const))
      shown[count].push(await load(both[count], seconds, directory, call.signal));
  }
  return shown;
}

async function startOne(
  [program = '', ...entry]: readonly string[],
  passage: { readonly directory: string; readonly port: number; readonly upstream: number },
  { at, count }: { readonly at: number; readonly count: Count },
  signal: AbortSignal,
): Promise<Child> {
  const { directory, port } = passage;
  await ensureDirectory(directory);
  const where = ['--directory', directory, '--listen', `127.0.0.1:${port}`, '--processes', String(count)];
  const args = [...entry, ...where, ...(at > 1 ? ['--join'] : [])];
  const child = await startChild({ command: program, args, cwd: directory, env: environment() });
  try {
    await tellTable(passage, signal);
    return child;
  } catch (thrown) {
    await child.stop();
    throw thrown;
  }
}

/** As many connections for each process: one that has less to do takes less at a time, and pays more for each. */
async function load({ url, connections, pids }: Gateways, seconds: number, directory: string, signal: AbortSignal): Promise<Shown> {
  const before = pids.map((pid) => cpuSecondsOfFamily(pid));
  const { requests, perSecond } = await runWrk({ url, connections, seconds, anywhere: true }, directory, signal);
  return { requests, perSecond, cpu: pids.map((pid, at) => cpuSecondsOfFamily(pid) - (before[at] ?? 0)) };
}
