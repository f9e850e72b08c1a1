// `codectl bench deploy`: new versions under traffic: how long does one take, and who of the users noticed?
import { systemClock } from '../../base/clock.ts';
import type { Duration } from '../../base/units.ts';
import type { SocketsReport } from '../load/sockets.ts';
import { Sockets } from '../load/sockets.ts';
import type { TrafficReport } from '../load/traffic.ts';
import { quantile, Traffic } from '../load/traffic.ts';
import type { Contender, Entrant } from './contenders/contender.ts';
import { until } from './contenders/contender.ts';
import type { Programs } from './contenders/ours.ts';
import { ours, surgeOf } from './contenders/ours.ts';
import { pm2 } from './contenders/pm2.ts';
import type { Bench, BenchReport, Contestant, Ratio } from './report.ts';
import { absent, atMost, contestant, ratio, report } from './report.ts';

interface Shape {
  readonly replicas: number;
  readonly deploys: number;
  readonly rate: number;
  readonly slow: number;
  readonly sockets: number;
  /** Of the steady phase before the deploys. */
  readonly seconds: number;
}

/** What one contender showed in one round. */
interface Showing {
  readonly times: readonly Duration[];
  readonly steady: Duration;
  readonly during: Duration;
  /** How late the load generator itself was during the deploys: p99. */
  readonly delay: Duration;
  readonly failed: Readonly<Record<'kept' | 'fresh' | 'slow', number>>;
  readonly why: string;
  readonly sockets: SocketsReport;
}

export function deploy(programs: Programs): Bench {
  return {
    name: 'deploy',
    summary: 'Consecutive deploys under traffic, slow requests and WebSockets, beside PM2 reload',
    parameters: { rounds: 2, replicas: 10, deploys: 10, rate: 500, slow: 50, sockets: 50, seconds: 5 },
    run: async ({ parameters, peers, progress, signal }) => {
      const { rounds = 0, replicas = 1, deploys = 0, rate = 0, slow = 0, sockets = 0, seconds = 0 } = parameters;
      const entrants = [ours(programs), pm2(programs.node, peers)];
      const parts: Part[] = [];
      for (const size of new Set([1, replicas])) {
        const shape = { replicas: size, deploys, rate, slow, sockets, seconds };
        const found = await showAll(entrants, shape, rounds, progress, signal);
        parts.push(partOf(entrants, size, found));
      }
      return report('deploy', parameters, {
        contestants: parts.flatMap((one) => one.contestants),
        ratios: parts.flatMap((one) => one.ratios),
        notes: [...notesOn(replicas), ...parts.flatMap((one) => one.notes)],
      });
    },
  };
}

type Part = Pick<BenchReport, 'contestants' | 'ratios' | 'notes'>;
type Found = ReadonlyMap<string, readonly Showing[]>;

async function showAll(
  entrants: readonly Entrant[],
  shape: Shape,
  rounds: number,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<Found> {
  const found = new Map<string, Showing[]>();
  for (let round = 1; round <= rounds; round += 1)
    for (const one of entrants.filter((entrant) => entrant.absent === undefined)) {
      progress(`${shape.replicas} replicas, round ${round} of ${rounds}: ${one.name}`);
      found.set(one.name, [...(found.get(one.name) ?? []), await show(one, shape, signal)]);
    }
  return found;
}

function partOf(entrants: readonly Entrant[], replicas: number, found: Found): Part {
  const of = (name: string) => found.get(name) ?? [];
  const times = (name: string) => of(name).flatMap((showing) => showing.times);
  const compared = ratio(`${replicas} replicas: time of a deploy, codectl / PM2`, times('codectl'), times('PM2'));
  return {
    contestants: entrants.flatMap((one) => contestantsOf(one, replicas, of(one.name))),
    ratios: [...entrants.flatMap((one) => ownRatios(one, replicas, of(one.name))), ...(times('PM2').length > 0 ? [compared] : [])],
    notes: entrants.flatMap(({ name }) =>
      of(name).flatMap(({ why }) => (why === '' ? [] : [`${name}, ${replicas} replicas, failures: ${why}.`])),
    ),
  };
}

const notesOn = (replicas: number): readonly string[] => [
  `A deploy is timed from the command to its end, which says that all replicas are new and the old ones gone; at most ${surgeOf(replicas)} replicas are replaced at a time on both sides. Ours snapshots the source, plans, starts, probes, shifts, drains and audits; no bake time.`,
  'Half of the requests come on kept connections, half on a connection each. A WebSocket counts as broken when it ends without a close frame that asks to come back. Load, contenders and application share the machine; latencies count from the moment at which a request was due, so what the load generator is late (it looks every 5 ms) is in them.',
];

async function show(entrant: Entrant, shape: Shape, signal: AbortSignal): Promise<Showing> {
  const contender = await entrant.open(shape.replicas, signal);
  try {
    const sockets = new Sockets(`ws://${contender.target.host}:${contender.target.port}/`, shape.sockets);
    try {
      await until('the WebSockets to open', () => (sockets.open === shape.sockets ? true : undefined), signal);
      const steady = await under(contender, shape, signal, () => systemClock.sleep(shape.seconds * 1000, signal));
      const times: Duration[] = [];
      const during = await under(contender, shape, signal, async () => {
        for (let count = 1; count <= shape.deploys; count += 1) {
          const started = performance.now();
          await contender.deploy(`v${count}`, signal);
          times.push(performance.now() - started);
        }
      });
      return {
        times,
        steady: p99(steady, 'latencies'),
        during: p99(during, 'latencies'),
        delay: p99(during, 'delays'),
        ...failuresOf(during),
        sockets: await sockets.stop(),
      };
    } finally {
      await sockets.stop();
    }
  } finally {
    await contender.end();
  }
}

type Streams = Readonly<Record<'kept' | 'fresh' | 'slow', TrafficReport>>;

/** Three streams of requests for as long as the work takes. */
async function under({ target }: Contender, { rate, slow }: Shape, signal: AbortSignal, work: () => Promise<unknown>): Promise<Streams> {
  signal.throwIfAborted();
  const common = { target, timeout: 30_000 };
  const ask = (path: string) => [{ method: 'GET', path, route: 'bench.localhost' }] as const;
  const streams = {
    kept: new Traffic({ ...common, rate: rate / 2, keepAlive: true, plans: ask('/') }),
    fresh: new Traffic({ ...common, rate: rate / 2, keepAlive: false, plans: ask('/') }),
    // Each takes a second: as many a second as are to be open at once.
    slow: new Traffic({ ...common, rate: slow, keepAlive: true, plans: ask('/slow') }),
  };
  let worked: unknown;
  try {
    await work();
  } catch (thrown) {
    worked = thrown;
  }
  const [kept, fresh, late] = await Promise.all([streams.kept.stop(), streams.fresh.stop(), streams.slow.stop()]);
  if (worked !== undefined) throw worked;
  return { kept, fresh, slow: late };
}

/** Of the quick requests. */
function p99({ kept, fresh }: Streams, what: 'latencies' | 'delays'): Duration {
  return quantile(
    [...kept[what], ...fresh[what]].toSorted((a, b) => a - b),
    0.99,
  );
}

function failuresOf({ kept, fresh, slow }: Streams): Pick<Showing, 'failed' | 'why'> {
  const reasons = [kept, fresh, slow].flatMap(({ failures }) => Object.entries(failures).map(([name, count]) => `${count} × ${name}`));
  return { failed: { kept: kept.failed, fresh: fresh.failed, slow: slow.failed }, why: reasons.join(', ') };
}

function contestantsOf({ name, absent: why }: Entrant, replicas: number, found: readonly Showing[]): readonly Contestant[] {
  const label = (what: string) => `${name}, ${replicas} replicas: ${what}`;
  if (why !== undefined) return [absent(label('deploys'), 'ms', why)];
  const own = name === 'codectl' ? atMost(0) : undefined;
  const each = (what: string, unit: string, value: (one: Showing) => number, target = own) =>
    contestant(label(what), unit, found.map(value), target);
  return [
    contestant(
      label('one deploy'),
      'ms',
      found.flatMap((one) => one.times),
    ),
    each('failed requests, kept connections', '', ({ failed }) => failed.kept),
    each('failed requests, a connection each', '', ({ failed }) => failed.fresh),
    each('failed slow requests', '', ({ failed }) => failed.slow),
    each('broken WebSockets', '', ({ sockets }) => sockets.broken),
    contestant(
      label('p99 without deploys'),
      'ms',
      found.map((one) => one.steady),
    ),
    contestant(
      label('p99 during deploys'),
      'ms',
      found.map((one) => one.during),
    ),
    contestant(
      label('how late the load generator was itself during deploys, p99'),
      'ms',
      found.map((one) => one.delay),
    ),
  ];
}

function ownRatios({ name }: Entrant, replicas: number, found: readonly Showing[]): readonly Ratio[] {
  if (found.length === 0) return [];
  const [during, steady] = [found.map((one) => one.during), found.map((one) => one.steady)];
  return [
    ratio(`${name}, ${replicas} replicas: p99 during deploys / without`, during, steady, name === 'codectl' ? atMost(1.5) : undefined),
  ];
}
