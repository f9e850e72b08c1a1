// One contender under traffic: new versions one after the other, and what its users saw of it.
import { systemClock } from '../../base/clock.ts';
import type { Duration } from '../../base/units.ts';
import { TrafficApart } from '../load/apart.ts';
import type { SocketsReport } from '../load/sockets.ts';
import { Sockets } from '../load/sockets.ts';
import type { TrafficReport } from '../load/traffic.ts';
import { quantile } from '../load/traffic.ts';
import type { Contender, Entrant } from './contenders/contender.ts';
import { until } from './contenders/contender.ts';
import type { BenchCall } from './report.ts';

export interface Shape {
  readonly replicas: number;
  readonly deploys: number;
  readonly rate: number;
  readonly slow: number;
  readonly sockets: number;
  /** Of the steady phase before the deploys. */
  readonly seconds: number;
}

/** What one contender showed in one round. */
export interface Showing {
  readonly times: readonly Duration[];
  readonly steady: Duration;
  readonly during: Duration;
  /** How late the load generator itself was during the deploys: p99. */
  readonly delay: Duration;
  /** How many were asked during the deploys. */
  readonly requests: number;
  readonly failed: Readonly<Record<'kept' | 'fresh' | 'slow', number>>;
  readonly why: string;
  readonly sockets: SocketsReport;
}

/** Starts it, and ends it whatever happens. */
export async function show(entrant: Entrant, shape: Shape, { progress, signal }: Pick<BenchCall, 'progress' | 'signal'>): Promise<Showing> {
  const contender = await entrant.open(shape.replicas, signal);
  try {
    const sockets = new Sockets(`ws://${contender.target.host}:${contender.target.port}/`, shape.sockets);
    try {
      await until('the WebSockets to open', () => (sockets.open === shape.sockets ? true : undefined), signal);
      const steady = await under(contender, shape, signal, () => systemClock.sleep(shape.seconds * 1000, signal));
      const times: Duration[] = [];
      const during = await under(contender, shape, signal, async () => {
        for (let count = 1; count <= shape.deploys; count += 1) {
          await contender.prepare(`v${count}`, signal);
          const started = performance.now();
          await contender.deploy(`v${count}`, signal);
          times.push(performance.now() - started);
          if (count % 10 === 0) progress(`${count} of ${shape.deploys} deploys`);
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
  const traffic = await TrafficApart.start({
    kept: { ...common, rate: rate / 2, keepAlive: true, plans: ask('/') },
    fresh: { ...common, rate: rate / 2, keepAlive: false, plans: ask('/') },
    // Each takes a second: as many a second as are to be open at once.
    slow: { ...common, rate: slow, keepAlive: true, plans: ask('/slow') },
  });
  let worked: unknown;
  try {
    await work();
  } catch (thrown) {
    worked = thrown;
  }
  const streams = await traffic.stop();
  if (worked !== undefined) throw worked;
  return streams;
}

/** Of the quick requests. */
function p99({ kept, fresh }: Streams, what: 'latencies' | 'delays'): Duration {
  return quantile(
    [...kept[what], ...fresh[what]].toSorted((a, b) => a - b),
    0.99,
  );
}

function failuresOf({ kept, fresh, slow }: Streams): Pick<Showing, 'requests' | 'failed' | 'why'> {
  const reasons = [kept, fresh, slow].flatMap(({ failures }) => Object.entries(failures).map(([name, count]) => `${count} × ${name}`));
  return {
    requests: kept.sent + fresh.sent + slow.sent,
    failed: { kept: kept.failed, fresh: fresh.failed, slow: slow.failed },
    why: reasons.join(', '),
  };
}
