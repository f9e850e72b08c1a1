// `codectl bench load`: what a request costs a generator of load, and whether what it says is true, beside wrk, hey and autocannon.
import { removeTree } from '../../../platform/files.ts';
import { own, scratch } from '../contenders/contender.ts';
import type { Programs } from '../contenders/ours.ts';
import type { Bench, BenchCall, BenchReport, Contestant, Target } from '../report.ts';
import { absent, atLeast, atMost, contestant, ratio, report } from '../report.ts';
import type { Course, Found, Generator } from './generators.ts';
import { generatorsOf } from './generators.ts';
import type { KnownServer, Truth } from './server.ts';
import { slice, startKnownServer } from './server.ts';

/** One generator in one round. */
interface Showing {
  readonly name: string;
  /** Requests a second of its CPU. */
  readonly perCore: number;
  /** At a rate: standard deviation of arrivals in 20 ms by their mean. */
  readonly constant?: number;
  readonly poisson?: number;
  /** Per cent beside the truth, without a stall and with one. */
  readonly errors?: Readonly<Record<'p50' | 'p99' | 'p99.9', number | undefined>>;
  readonly stall?: number;
  /** Why its own word of a part of it is that it does not count. */
  readonly late: readonly string[];
}

export function load(programs: Programs): Bench {
  return {
    name: 'load',
    summary:
      'What a request costs a generator of load, how well it keeps its schedule, and how true its quantiles are, beside wrk, hey and autocannon',
    parameters: { rounds: 3, seconds: 10, rate: 500, connections: 64 },
    run: async (call) => {
      const generators = generatorsOf(programs.node, call.peers);
      const directory = await scratch();
      try {
        const server = await startKnownServer(programs.node, directory, call.signal);
        try {
          const found: Showing[] = [];
          for (let round = 1; round <= (call.parameters['rounds'] ?? 0); round += 1)
            for (const one of generators.filter((each) => each.absent === undefined)) {
              call.progress(`round ${round} of ${call.parameters['rounds']}: ${one.name}`);
              found.push(await show(one, server, directory, call));
            }
          return reportOf(generators, found, call);
        } finally {
          await server.stop();
        }
      } finally {
        await removeTree(directory);
      }
    },
  };
}

async function show(generator: Generator, server: KnownServer, directory: string, { parameters, signal }: BenchCall): Promise<Showing> {
  const { seconds = 10, rate = 500, connections = 64 } = parameters;
  const at = { host: server.target.host, port: server.target.port, seconds, connections };
  const course = async (more: Partial<Course>, stallAfter?: number): Promise<{ readonly found: Found; readonly truth: Truth }> => {
    signal.throwIfAborted();
    await server.reset(stallAfter);
    const found = await generator.run({ ...at, path: '/ok', ...more }, directory, signal);
    return { found, truth: await server.truth() };
  };
  const fast = await course({});
  const perCore = fast.found.requests / fast.found.cpuSeconds;
  // The middle of the run: a second in which nobody is served.
  const stalled = await course(generator.paced ? { rate } : {}, seconds * 400);
  const stall = beside(stalled.found.p99, stallP99(seconds));
  if (!generator.paced) return { name: generator.name, perCore, ...(stall !== undefined && { stall }), late: [] };
  const known = await course({ rate, path: '/known' });
  const even = await course({ rate });
  const chance = generator.name === own ? await course({ rate, poisson: true }) : undefined;
  const { p50, p99, p999 } = known.found;
  return {
    name: generator.name,
    perCore,
    constant: variation(even.truth.arrivals, seconds),
    ...(chance && { poisson: variation(chance.truth.arrivals, seconds) }),
    errors: { p50: beside(p50, known.truth.p50), p99: beside(p99, known.truth.p99), 'p99.9': beside(p999, known.truth.p999) },
    ...(stall !== undefined && { stall }),
    late: [stalled, known, even].flatMap((one) => one.found.late ?? []),
  };
}

/** Of so many seconds at a constant rate one was without service: those who came in it waited for what was left of it. Milliseconds. */
export function stallP99(seconds: number): number {
  return Math.max(0, 1000 * (1 - 0.01 * seconds));
}

/** Per cent; undefined where one of them is not known. */
export function beside(said: number | undefined, truth: number | null): number | undefined {
  return said === undefined || truth === null || truth === 0 ? undefined : Math.abs(said / truth - 1) * 100;
}

/** Standard deviation by mean, without the first and the last half second. */
export function variation(arrivals: readonly (number | null)[], seconds: number): number {
  const edge = Math.ceil(500 / slice);
  const counts = Array.from({ length: Math.floor((seconds * 1000) / slice) }, (_, at) => arrivals[at] ?? 0).slice(edge, -edge);
  const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length;
  return Math.sqrt(counts.reduce((sum, one) => sum + (one - mean) ** 2, 0) / counts.length) / mean;
}

function reportOf(generators: readonly Generator[], found: readonly Showing[], { parameters }: BenchCall): BenchReport {
  const of = (name: string, value: (one: Showing) => number | undefined) =>
    found.filter((one) => one.name === name).flatMap((one) => value(one) ?? []);
  const rows = generators.flatMap((one): readonly Contestant[] => {
    const { name } = one;
    if (one.absent !== undefined) return [absent(`${name}: requests a second of CPU`, '1/s', one.absent)];
    const row = (what: string, unit: string, value: (one: Showing) => number | undefined, target?: Target) => {
      const samples = of(name, value);
      return samples.length === 0
        ? absent(`${name}: ${what}`, unit, 'it does not tell, or keeps no rate')
        : contestant(`${name}: ${what}`, unit, samples, name === own ? target : undefined);
    };
    return [
      row('requests a second of CPU', '1/s', ({ perCore }) => perCore),
      row('constant arrivals, variation in 20 ms', '', ({ constant }) => constant, atMost(0.1)),
      row('Poisson arrivals, variation in 20 ms', '', ({ poisson }) => poisson),
      row('p50, off the truth', '%', ({ errors }) => errors?.p50),
      row('p99, off the truth', '%', ({ errors }) => errors?.p99, atMost(2)),
      row('p99.9, off the truth', '%', ({ errors }) => errors?.['p99.9']),
      row('p99 over a stall of a second, off the truth', '%', ({ stall }) => stall, atMost(2)),
    ];
  });
  const ours = of(own, ({ perCore }) => perCore);
  const peers = generators.filter(({ name, absent }) => name !== own && absent === undefined);
  return report('load', parameters, {
    contestants: rows,
    ratios: peers.map(({ name }) =>
      ratio(
        `${own} / ${name}: requests a second of CPU`,
        ours,
        of(name, ({ perCore }) => perCore),
        name === 'autocannon' ? atLeast(0.6) : undefined,
      ),
    ),
    notes: [
      'Requests a second of CPU: as many as it can over kept connections in a closed loop, by the CPU time that the generator used, so that it does not depend on who was the bottleneck.',
      `The truth: the server answers after exponential delays of 10 ms on average and knows what it took; the stall is one second in ${parameters['seconds']}, so that the p99 from when requests should have left is ${stallP99(parameters['seconds'] ?? 10)} ms. By chance arrivals at 500 a second vary by ${(1 / Math.sqrt(500 * (slice / 1000))).toFixed(2)} in 20 ms.`,
      'wrk keeps no rate: its stall is seen in a closed loop.',
      ...found.flatMap(({ name, late }) => late.map((why) => `By its own word a part of what ${name} measured does not count: ${why}.`)),
    ],
  });
}
