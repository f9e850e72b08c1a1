// Two of our gateway processes at one address beside one alone: how much more they can carry, and whether they share the work.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureDirectory, removeTree } from '../../../platform/files.ts';
import type { Child } from '../../../platform/process/child.ts';
import { cpuSecondsOfFamily, startChild } from '../../../platform/process/child.ts';
import { unusedPort } from '../../../platform/process/ports.ts';
import { environment, scratch } from '../contenders/contender.ts';
import type { BenchCall, BenchReport } from '../report.ts';
import { atLeast, contestant, ratio } from '../report.ts';
import { tellTable } from './ours.ts';
import { startUpstream } from './upstream.ts';
import { runWrk } from './wrk.ts';

interface Shown {
  readonly perSecond: number;
  readonly requests: number;
  /** Seconds of CPU of each process. */
  readonly cpu: readonly number[];
}

type Part = Pick<BenchReport, 'contestants' | 'ratios'> & { readonly notes: readonly string[] };

/** Seconds of load until the compiler is done with a process. */
const warmUp = 2;
/** Load, upstream and two gateways need a core each before wall-clock time can show what two are worth. */
const coresForAll = 4;

/** One and two take turns, each started afresh. */
export async function tryPair(gateway: readonly string[], node: string, call: BenchCall): Promise<Part> {
  const { rounds = 0, seconds = 1, connections = 1 } = call.parameters;
  const directory = await scratch();
  const shown: Record<1 | 2, Shown[]> = { 1: [], 2: [] };
  try {
    const upstream = await unusedPort();
    const server = await startUpstream(node, directory, upstream, call.signal);
    try {
      for (let round = 1; round <= rounds; round += 1)
        for (const count of [1, 2] as const) {
          call.progress(`round ${round} of ${rounds}: ${count} of our gateway processes`);
          const home = join(directory, `${round}-${count}`);
          shown[count].push(await show(gateway, count, { home, upstream, seconds, connections }, call.signal));
        }
    } finally {
      await server.stop();
    }
  } finally {
    await removeTree(directory);
  }
  return partOf(shown[1], shown[2]);
}

interface Trial {
  readonly home: string;
  readonly upstream: number;
  readonly seconds: number;
  readonly connections: number;
}

async function show(gateway: readonly string[], count: 1 | 2, trial: Trial, signal: AbortSignal): Promise<Shown> {
  const { home, upstream, seconds, connections } = trial;
  const port = await unusedPort();
  const url = `http://127.0.0.1:${port}/1024`;
  const children: Child[] = [];
  try {
    for (const directory of count === 1 ? [home] : [home, join(home, '2')]) {
      await ensureDirectory(directory);
      const [program = '', ...entry] = gateway;
      const where = ['--directory', directory, '--listen', `127.0.0.1:${port}`, '--processes', String(count)];
      const args = [...entry, ...where, ...(children.length > 0 ? ['--join'] : [])];
      children.push(await startChild({ command: program, args, cwd: directory, env: environment() }));
      await tellTable({ directory, port, upstream }, signal);
    }
    // As many for each process: one that has less to do takes less at a time, and pays more for each.
    const load = { url, connections: Math.max(1, Math.floor((connections * count) / 2)), anywhere: true };
    await runWrk({ ...load, seconds: warmUp * count }, home, signal);
    const before = children.map(({ pid }) => cpuSecondsOfFamily(pid));
    const { requests, perSecond } = await runWrk({ ...load, seconds }, home, signal);
    return { requests, perSecond, cpu: children.map(({ pid }, at) => cpuSecondsOfFamily(pid) - (before[at] ?? 0)) };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

function partOf(one: readonly Shown[], two: readonly Shown[]): Part {
  const total = ({ cpu }: Shown) => cpu.reduce((sum, part) => sum + part, 0);
  const perCpu = (shown: readonly Shown[]) => shown.map((part) => part.requests / total(part));
  // With a core for each process the busiest is the first to have no more.
  const capacity = (shown: readonly Shown[]) => shown.map((part) => part.requests / Math.max(...part.cpu));
  const wall = availableParallelism() >= coresForAll ? atLeast(1.7) : undefined;
  const perSecond = (shown: readonly Shown[]) => shown.map((part) => part.perSecond);
  return {
    contestants: [
      contestant('codectl, one process: requests a second of CPU', '/s', perCpu(one)),
      contestant('codectl, two processes: requests a second of CPU', '/s', perCpu(two)),
      contestant(
        'codectl, two processes: part of the work that the busier one does',
        '',
        two.map((part) => Math.max(...part.cpu) / total(part)),
      ),
      contestant('codectl, one process: requests a second', '/s', perSecond(one)),
      contestant('codectl, two processes: requests a second', '/s', perSecond(two)),
    ],
    ratios: [
      ratio('two processes / one: requests a second of CPU', perCpu(two), perCpu(one), atLeast(0.85)),
      ratio('two processes / one: requests until the busiest has used one second of CPU', capacity(two), capacity(one), atLeast(1.7)),
      ratio('two processes / one: requests a second, as this machine lets them', perSecond(two), perSecond(one), wall),
    ],
    notes: [
      `Two processes at one address: the kernel spreads connections by their addresses, about evenly. What they can carry is told by CPU time, at as many connections for each process, because load generator, upstream and gateways share ${availableParallelism()} cores here: requests a second of time show it only where each has a core of its own (${coresForAll}).`,
    ],
  };
}
