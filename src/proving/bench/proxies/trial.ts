// Puts every proxy that is there under the same loads, in turns.
import { join } from 'node:path';
import type { Bytes, Duration } from '../../../base/units.ts';
import { ensureDirectory, removeTree } from '../../../platform/files.ts';
import { residentMemory } from '../../../platform/measure.ts';
import type { Child } from '../../../platform/process/child.ts';
import { cpuSecondsOfFamily } from '../../../platform/process/child.ts';
import { unusedPort } from '../../../platform/process/ports.ts';
import { scratch } from '../contenders/contender.ts';
import type { BenchCall } from '../report.ts';
import type { Sample, Shape } from './figures.ts';
import type { ProxyEntrant } from './proxy.ts';
import { startProxy } from './proxy.ts';
import { startUpstream } from './upstream.ts';
import { runWrk } from './wrk.ts';

const connectionCounts = [1, 16, 64, 256];
const bodySizes: readonly Bytes[] = [1_024, 65_536];

export interface Tried {
  readonly samples: readonly Sample[];
  /** Resident memory of the first proxy over time; empty when it was not to be watched. */
  readonly memory: readonly Bytes[];
}

interface Running {
  readonly name: string;
  readonly port: number;
  readonly child: Child;
}

/** All that is started is ended, whatever happens. */
export async function tryProxies(entrants: readonly ProxyEntrant[], node: string, call: BenchCall): Promise<Tried> {
  const directory = await scratch();
  const children: Child[] = [];
  try {
    const port = await unusedPort();
    children.push(await startUpstream(node, directory, port, call.signal));
    const running: Running[] = [];
    for (const one of entrants.filter((entrant) => entrant.absent === undefined)) {
      const started = await start(one, directory, port, call.signal);
      children.push(started.child);
      running.push(started);
    }
    const samples = await rounds(running, directory, call);
    return { samples, memory: await watchMemory(running[0], directory, call) };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await removeTree(directory);
  }
}

async function start(entrant: ProxyEntrant, directory: string, upstream: number, signal: AbortSignal): Promise<Running> {
  const port = await unusedPort();
  const own = join(directory, entrant.name.toLowerCase());
  await ensureDirectory(own);
  return { name: entrant.name, port, child: await startProxy(entrant, { directory: own, port, upstream }, signal) };
}

/** Every proxy meets the same load within seconds of the others; a short one before warms caches and compilers. */
async function rounds(
  running: readonly Running[],
  directory: string,
  { parameters, progress, signal }: BenchCall,
): Promise<readonly Sample[]> {
  const { rounds: count = 0, seconds = 1, connections: most = 0 } = parameters;
  const samples: Sample[] = [];
  const shapes = bodySizes.flatMap((body) => connectionCounts.filter((one) => one <= most).map((connections) => ({ body, connections })));
  for (const one of running) await runWrk({ url: urlOf(one, 1_024), connections: 16, seconds: 1 }, directory, signal);
  for (let round = 1; round <= count; round += 1)
    for (const shape of shapes) {
      progress(`round ${round} of ${count}: ${shape.connections} connections, ${shape.body} bytes`);
      for (const one of running) samples.push(await sample(one, shape, seconds, directory, signal));
    }
  return samples;
}

const urlOf = ({ port }: Running, body: Bytes): string => `http://127.0.0.1:${port}/${body}`;

async function sample(one: Running, shape: Shape, seconds: number, directory: string, signal: AbortSignal): Promise<Sample> {
  const before = cpuSecondsOfFamily(one.child.pid);
  const { connections } = shape;
  const seen = await runWrk({ url: urlOf(one, shape.body), connections, seconds }, directory, signal);
  const cpu = cpuSecondsOfFamily(one.child.pid) - before;
  return { name: one.name, shape, perCore: seen.requests / Math.max(cpu, 0.01), ...seen };
}

/** Ours alone, under 64 connections for as long as was asked. */
async function watchMemory(
  ours: Running | undefined,
  directory: string,
  { parameters, progress, signal }: BenchCall,
): Promise<readonly Bytes[]> {
  const { minutes = 0 } = parameters;
  const samples: Bytes[] = [];
  if (ours === undefined || minutes === 0) return samples;
  const step: Duration = 2_000;
  for (let at = 0; at < minutes * 60_000; at += step) {
    if (at % 60_000 === 0) progress(`memory: minute ${at / 60_000 + 1} of ${minutes}`);
    const body = bodySizes[(at / step) % bodySizes.length] ?? 1_024;
    await runWrk({ url: urlOf(ours, body), connections: 64, seconds: step / 1000 }, directory, signal);
    const memory = residentMemory(ours.child.pid);
    if (memory !== undefined) samples.push(memory);
  }
  return samples;
}
