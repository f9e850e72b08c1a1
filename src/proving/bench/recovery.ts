// One replica is killed under traffic: when do new requests go elsewhere, when is the number whole again, who noticed?
import type { Duration } from '../../base/units.ts';
import { identityOf } from '../../platform/process/identity.ts';
import { signalProcess } from '../../platform/process/signal.ts';
import type { Exchange } from '../load/traffic.ts';
import { Traffic } from '../load/traffic.ts';
import { told } from './contenders/application.ts';
import type { Contender } from './contenders/contender.ts';
import { until } from './contenders/contender.ts';

export interface Recovery {
  /** From the kill until the route table no longer has it; absent where there is no table to ask. */
  readonly unrouted: Duration | undefined;
  /** From the kill until the replacement's first answer. */
  readonly whole: Duration;
  /** The same without the application's own time from its start to listening. */
  readonly beyondStart: Duration;
  readonly failed: number;
}

/** Every replica must have been seen to answer before; one of them is then killed. */
export async function killOne(
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
    const answered = (one: Exchange) => (one.headers[told.version] === version ? one.headers[told.process] : undefined);
    const seen = () => new Set(exchanges.flatMap((one) => answered(one) ?? []));
    const before = await until(`${replicas} processes to answer`, () => (seen().size >= replicas ? seen() : undefined), signal);
    const [victim = ''] = before;
    const pid = contender.pidOf ? await contender.pidOf(victim, signal) : Number(victim);
    const identity = pid === undefined ? undefined : identityOf(pid);
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
