// Generators of load as contestants: ours, and programs that others wrote, each told the same and read back.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { quantileOf } from '../../../decide/prove/buckets.ts';
import type { Arrivals } from '../../../model/proving/load.ts';
import { writeFileAtomic } from '../../../platform/files.ts';
import { openLoadEngine } from '../../load/ours.ts';
import { environment, own, run } from '../contenders/contender.ts';
import { onCore, programPath } from '../proxies/proxy.ts';
import { parseWrk } from '../proxies/wrk.ts';

export interface Course {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly seconds: number;
  readonly connections: number;
  /** A second; absent: as many as it can. */
  readonly rate?: number;
  readonly poisson?: boolean;
}

export interface Found {
  readonly requests: number;
  /** Of the generator: CPU time it used. */
  readonly cpuSeconds: number;
  /** Milliseconds; absent: it does not tell. */
  readonly p50?: number;
  readonly p99?: number;
  readonly p999?: number;
  /** It says itself that it was late, and why: what it measured does not count. */
  readonly late?: string;
}

export interface Generator {
  readonly name: string;
  readonly absent?: string;
  /** It can keep a rate. */
  readonly paced: boolean;
  run(course: Course, directory: string, signal: AbortSignal): Promise<Found>;
}

export function generatorsOf(node: string, peers: string | undefined): readonly Generator[] {
  const cannon = peers === undefined ? undefined : join(resolve(peers), 'node_modules', 'autocannon', 'autocannon.js');
  const missing = cannon === undefined || !existsSync(cannon);
  return [
    ours,
    {
      name: 'wrk',
      ...(programPath('wrk') === undefined && { absent: 'not installed; apt-get install wrk' }),
      paced: false,
      run: async ({ host, port, path, seconds, connections }, directory, signal) => {
        const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency', `http://${host}:${port}${path}`];
        const { out, cpuSeconds } = await timed(node, ['wrk', ...options], directory, signal);
        const { requests, p50, p99 } = parseWrk(out);
        return { requests, cpuSeconds, p50, p99 };
      },
    },
    {
      name: 'hey',
      ...(programPath('hey') === undefined && { absent: 'not installed; apt-get install hey' }),
      paced: true,
      run: async ({ host, port, path, seconds, connections, rate }, directory, signal) => {
        // Its rate is of each connection.
        const pace = rate === undefined ? ['-c', String(connections)] : ['-c', '10', '-q', String(rate / 10)];
        const command = ['hey', '-z', `${seconds}s`, ...pace, `http://${host}:${port}${path}`] as const;
        const { out, cpuSeconds } = await timed(node, [...command], directory, signal);
        return { ...parseHey(out, seconds), cpuSeconds };
      },
    },
    {
      name: 'autocannon',
      ...(missing && { absent: 'not installed; npm install --prefix DIR autocannon, then give --peers DIR' }),
      paced: true,
      run: async ({ host, port, path, seconds, connections, rate }, directory, signal) => {
        const pace = rate === undefined ? ['-c', String(connections)] : ['-c', '10', '--overallRate', String(rate)];
        const command = [node, cannon ?? '', '--json', '--no-progress', '-d', String(seconds), ...pace, `http://${host}:${port}${path}`];
        const { out, cpuSeconds } = await timed(node, command, directory, signal);
        return { ...parseCannon(out), cpuSeconds };
      },
    },
  ];
}

const ours: Generator = {
  name: own,
  paced: true,
  run: async ({ host, port, path, seconds, connections, rate, poisson = false }, _, signal) => {
    const arrivals: Arrivals =
      rate === undefined ? { kind: 'users', users: connections, think: 0 } : { kind: poisson ? 'poisson' : 'constant', rate };
    const engine = openLoadEngine({
      target: { host, port },
      requests: [{ name: 'bench', method: 'GET', path, route: 'bench.localhost' }],
      seed: 1,
      keepAlive: true,
      timeout: 10_000,
      workers: 1,
      connections: 4_096,
    });
    try {
      const { latency, succeeded, generator, lasted } = await engine.run({ name: 'bench', arrivals, lasts: seconds * 1000 }, signal);
      signal.throwIfAborted();
      const at = (p: number) => quantileOf(latency, p) / 1000;
      const late = generator.because === undefined ? {} : { late: generator.because };
      return { requests: succeeded, cpuSeconds: (generator.cpu * lasted) / 1000, p50: at(0.5), p99: at(0.99), p999: at(0.999), ...late };
    } finally {
      await engine.close();
    }
  },
};

/** Runs a program and tells what CPU time it used with all that it started: `/proc` adds it up when it has ended. */
const timer = `
const { spawnSync } = require('node:child_process');
const [program, ...args] = process.argv.slice(2);
const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
const fields = require('node:fs').readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
console.log(JSON.stringify({ out: stdout, err: stderr, status, ticks: Number(fields[13]) + Number(fields[14]) }));
`;
/** USER_HZ: what /proc counts in, on every Linux. */
const ticksPerSecond = 100;

async function timed(node: string, command: readonly string[], directory: string, signal: AbortSignal) {
  const file = join(directory, 'timer.cjs');
  await writeFileAtomic(file, timer);
  const told = JSON.parse(await run(onCore(1, [node, file, ...command]), { cwd: directory, env: environment() }, signal)) as {
    readonly out: string;
    readonly err: string;
    readonly status: number;
    readonly ticks: number;
  };
  if (told.status !== 0) throw new Error(`${command[0]} ended with ${told.status}: ${told.err.slice(-500)}`);
  return { out: told.out, cpuSeconds: told.ticks / ticksPerSecond };
}

export function parseHey(text: string, seconds: number): Omit<Found, 'cpuSeconds'> {
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  const at = (percent: number) => {
    const found = new RegExp(`^\\s+${percent}% in ([\\d.]+) secs$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found) * 1000;
  };
  const [p50, p99] = [at(50), at(99)];
  return { requests: Math.round(rate * seconds), ...(p50 !== undefined && { p50 }), ...(p99 !== undefined && { p99 }) };
}

export function parseCannon(text: string): Omit<Found, 'cpuSeconds'> {
  const { requests, latency } = JSON.parse(text) as {
    readonly requests: { readonly total: number };
    readonly latency: { readonly p50: number; readonly p99: number; readonly p99_9: number };
  };
  return { requests: requests.total, p50: latency.p50, p99: latency.p99, p999: latency.p99_9 };
}
