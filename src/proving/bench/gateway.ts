// `codectl bench gateway`: what a proxied request costs on one core, beside HAProxy, nginx, Caddy and a proxy in Node.js, round by round.
import type { Bytes, Duration } from '../../base/units.ts';
import { ensureDirectory, removeTree } from '../../platform/files.ts';
import { residentMemory } from '../../platform/measure.ts';
import type { Child } from '../../platform/process/child.ts';
import { cpuSecondsOfFamily } from '../../platform/process/child.ts';
import { unusedPort } from '../../platform/process/ports.ts';
import { scratch } from './contenders/contender.ts';
import type { Programs } from './contenders/ours.ts';
import type { Sample, Shape } from './proxies/figures.ts';
import { contestantsOf, memoryOf, ratiosOf } from './proxies/figures.ts';
import { ourGateway } from './proxies/ours.ts';
import { proxyPeers } from './proxies/peers.ts';
import type { ProxyEntrant } from './proxies/proxy.ts';
import { canPin, programPath, startProxy } from './proxies/proxy.ts';
import { startUpstream } from './proxies/upstream.ts';
import { runWrk } from './proxies/wrk.ts';
import type { Bench, BenchCall, BenchReport } from './report.ts';
import { absent, report } from './report.ts';

const connectionCounts = [1, 16, 64, 256];
const bodySizes: readonly Bytes[] = [1_024, 65_536];

interface Running {
  readonly name: string;
  readonly port: number;
  readonly child: Child;
}

export function gateway(programs: Programs): Bench {
  return {
    name: 'gateway',
    summary: 'CPU and latency of a proxied request, beside HAProxy, nginx, Caddy and http-proxy-3',
    parameters: { rounds: 3, seconds: 2, connections: 256, minutes: 0 },
    run: async (call) => {
      const entrants = [ourGateway(programs.gateway), ...proxyPeers(programs.node, call.peers)];
      if (programPath('wrk') === undefined) return withoutLoad(entrants, call);
      const directory = await scratch();
      const stops: (() => Promise<void>)[] = [];
      try {
        const port = await unusedPort();
        const upstream = await startUpstream(programs.node, directory, port, call.signal);
        stops.push(() => upstream.stop());
        const running: Running[] = [];
        for (const one of entrants.filter((entrant) => entrant.absent === undefined)) {
          running.push(await start(one, directory, port, call.signal));
          stops.push(() => running.find(({ name }) => name === one.name)?.child.stop() ?? Promise.resolve());
        }
        const samples = await rounds(running, directory, call);
        const memory = await watchMemory(running[0], directory, call);
        return reportOf(entrants, samples, memory, call);
      } finally {
        await Promise.all(stops.map((stop) => stop()));
        await removeTree(directory);
      }
    },
  };
}

function withoutLoad(entrants: readonly ProxyEntrant[], { parameters }: BenchCall): BenchReport {
  const why = 'there is no load generator; apt-get install wrk';
  return report('gateway', parameters, { contestants: entrants.map(({ name }) => absent(name, 'requests/s per core', why)), ratios: [] });
}

async function start(entrant: ProxyEntrant, directory: string, upstream: number, signal: AbortSignal): Promise<Running> {
  const port = await unusedPort();
  const own = `${directory}/${entrant.name.toLowerCase()}`;
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

function reportOf(
  entrants: readonly ProxyEntrant[],
  samples: readonly Sample[],
  memory: readonly Bytes[],
  { parameters }: BenchCall,
): BenchReport {
  const watched = memoryOf(memory);
  const failed = samples.filter((one) => one.failed > 0);
  return report('gateway', parameters, {
    contestants: [...entrants.flatMap((one) => contestantsOf(one, samples)), ...watched.contestants],
    ratios: [...ratiosOf(samples), ...watched.ratios],
    notes: [
      canPin()
        ? 'The proxy has core 0 to itself, load generator and upstream share core 1; CPU of the proxy is read from /proc in the same round, so that requests a second of CPU do not depend on who was the bottleneck.'
        : 'Nothing could be kept to a core (taskset is missing, or there is one core only).',
      'Ours runs with everything on: strict parsing, retries, ejection, drain accounting, latency histograms per release, request ids. The others run with their defaults for one core, kept connections to the upstream, no access log.',
      'Two gateways on two cores were not measured: load and upstream need cores of their own, hence four, and the gateway does not share its port (reusePort) yet.',
      ...failed.map(
        (one) =>
          `${one.name}, ${one.shape.connections} connections, ${one.shape.body} bytes: ${one.failed} of ${one.requests} requests failed.`,
      ),
    ],
  });
}
