// `codectl bench recover`: one replica is killed under traffic: when do new requests go elsewhere, when is the number whole again, who noticed?
import type { Duration } from '../../base/units.ts';
import { identityOf } from '../../platform/process/identity.ts';
import { signalProcess } from '../../platform/process/signal.ts';
import type { Exchange } from '../load/traffic.ts';
import { Traffic } from '../load/traffic.ts';
import { told } from './contenders/application.ts';
import type { Contender, Entrant } from './contenders/contender.ts';
import { until } from './contenders/contender.ts';
import type { Programs } from './contenders/ours.ts';
import { ours } from './contenders/ours.ts';
import { pm2 } from './contenders/pm2.ts';
import type { Bench, Contestant } from './report.ts';
import { absent, atMost, contestant, ratio, report } from './report.ts';

interface Recovery {
  /** From the kill until the route table no longer has it; absent where there is no table to ask. */
  readonly unrouted: Duration | undefined;
  /** From the kill until the replacement's first answer. */
  readonly whole: Duration;
  /** The same without the application's own time from its start to listening. */
  readonly beyondStart: Duration;
  readonly failed: number;
}

const notes = [
  'Measured from outside: the replacement is there when its first answer arrives (200 requests a second: to within about 15 ms). Each round kills in a fresh release, so that no backoff of an earlier round counts.',
  'PM2 has no route table to ask, hence no time to unroute; its failed requests tell the same story.',
];

export function recover(programs: Programs): Bench {
  return {
    name: 'recover',
    summary: 'SIGKILL of one replica under traffic, beside PM2',
    parameters: { rounds: 5, replicas: 3, rate: 200 },
    run: async ({ parameters, peers, progress, signal }) => {
      const { rounds = 0, replicas = 0, rate = 0 } = parameters;
      const entrants = [ours(programs), pm2(programs.node, peers)];
      const contenders: Contender[] = [];
      const found = new Map<string, Recovery[]>(entrants.map((one) => [one.name, []]));
      try {
        for (const one of entrants) if (one.absent === undefined) contenders.push(await one.open(replicas, signal));
        for (let round = 1; round <= rounds; round += 1)
          for (const one of contenders) {
            progress(`round ${round} of ${rounds}: ${one.name}`);
            await one.deploy(`v${round}`, signal);
            found.get(one.name)?.push(await killOne(one, { version: `v${round}`, replicas, rate }, signal));
          }
      } finally {
        await Promise.all(contenders.map((one) => one.end()));
      }
      const whole = (name: string) => (found.get(name) ?? []).map((one) => one.whole);
      return report('recover', parameters, {
        contestants: entrants.flatMap((one) => contestantsOf(one, found.get(one.name) ?? [])),
        ratios: whole('PM2').length === 0 ? [] : [ratio('PM2 / codectl, kill to whole again', whole('PM2'), whole('codectl'))],
        notes,
      });
    },
  };
}

function contestantsOf({ name, absent: why }: Entrant, found: readonly Recovery[]): readonly Contestant[] {
  if (why !== undefined) return [absent(`${name}: kill to whole again`, 'ms', why)];
  const own = name === 'codectl';
  const unrouted = found.flatMap((one) => one.unrouted ?? []);
  return [
    ...(own ? [contestant(`${name}: kill to unrouted`, 'ms', unrouted, atMost(100))] : []),
    contestant(
      `${name}: kill to whole again`,
      'ms',
      found.map((one) => one.whole),
    ),
    contestant(
      `${name}: the same beyond the application's own start`,
      'ms',
      found.map((one) => one.beyondStart),
      own ? atMost(1_000) : undefined,
    ),
    contestant(
      `${name}: failed requests a kill`,
      '',
      found.map((one) => one.failed),
    ),
  ];
}

async function killOne(
  contender: Contender,
  { version, replicas, rate }: { readonly version: string; readonly replicas: number; readonly rate: number },
  signal: AbortSignal,
): Promise<Recovery> {
  const exchanges: Exchange[] = [];
  const traffic = new Traffic({
    target: contender.target,
    rate,
    // A kept connection stays with one process of a cluster: a new one could be there for long before anybody meets it.
    keepAlive: false,
    timeout: 10_000,
    plans: [{ method: 'GET', path: '/', route: 'bench.localhost' }],
    onExchange: (exchange) => exchanges.push(exchange),
  });
  try {
    const answered = (one: Exchange) => (one.headers[told.version] === version ? Number(one.headers[told.process]) : undefined);
    const seen = () => new Set(exchanges.flatMap((one) => answered(one) ?? []));
    const before = await until(`${replicas} processes to answer`, () => (seen().size >= replicas ? seen() : undefined), signal);
    const [victim = 0] = before;
    const identity = identityOf(victim);
    const from = exchanges.length;
    const killed = performance.now();
    if (identity) signalProcess(identity, 'SIGKILL');
    const isNew = (one: Exchange) => (answered(one) ?? victim) !== victim && !before.has(answered(one) ?? victim);
    const unrouted = waitUnrouted(contender, replicas, killed, signal);
    const first = await until('the replacement to answer', () => exchanges.slice(from).find(isNew), signal);
    const whole = first.ended - killed;
    const failed = exchanges.slice(from).filter((one) => one.failure !== undefined).length;
    return { unrouted: await unrouted, whole, beyondStart: whole - Number(first.headers[told.boot]), failed };
  } finally {
    await traffic.stop();
  }
}

/** Undefined when it was whole again before anybody could see it missing. */
async function waitUnrouted(contender: Contender, replicas: number, killed: number, signal: AbortSignal): Promise<Duration | undefined> {
  const { routed } = contender;
  if (routed === undefined) return undefined;
  return until(
    'the route to go',
    async () => ((await routed(signal)) < replicas ? performance.now() - killed : undefined),
    signal,
    2_000,
  ).catch(() => undefined);
}
