// From counters that only grow to what the targets speak of: requests a second, requests at once, latency, CPU and memory per instance.
import type { Duration } from '../../base/units.ts';
import type { InstanceUse, ScaleSpec } from '../../model/scale.ts';
import type { Resources } from '../../model/service.ts';
import type { Reading } from './recommend.ts';

/** What one look saw of a service. Counters are those since the gateway's, or the instance's, start. */
export interface ScaleLook {
  readonly at: number;
  /** Absent: the gateway did not answer. */
  readonly traffic?: TrafficLook;
  /** By instance; absent: the runtime did not answer. */
  readonly stats?: Readonly<Record<string, { readonly cpuSeconds: number; readonly memory: number }>>;
  /** The queue's length, or why it is not known; absent: there is none to ask. */
  readonly queue?: { readonly length: number } | { readonly because: string };
}

export interface TrafficLook {
  /** Counters begin anew with another. */
  readonly epoch: string;
  readonly requests: number;
  readonly inFlight: number;
  readonly waiting: number;
  /** Upper bound in milliseconds → count. */
  readonly latency: ReadonlyMap<number, number>;
}

/** Of the released revision: whether it is ready, and since when. */
export interface Member {
  readonly id: string;
  readonly ready: boolean;
  readonly readyAt?: number;
}

/** What goes up and down is averaged over this time. */
const span: Duration = 3_000;
/** Requests are counted over the shortest time that holds enough of them to say something: 100 that come at random vary by a tenth. */
const shortestSpan: Duration = 900;
export const longestSpan: Duration = 15_000;
const enough = 100;

/** `looks`: oldest first, the present one last. */
export function readingsOf(
  spec: ScaleSpec,
  resources: Resources,
  looks: readonly ScaleLook[],
  members: readonly Member[],
): readonly Reading[] {
  const { cpu, memory, queue } = spec.targets;
  return [
    ...(cpu === undefined ? [] : [useReading('cpu', cpu, cpuUses(looks, members, resources.cpu ?? 1), looks)]),
    ...(memory === undefined ? [] : [useReading('memory', memory, memoryUses(looks, members, resources.memory), looks)]),
    ...trafficReadings(spec, looks),
    ...(queue === undefined ? [] : [queueReading(queue, looks.at(-1)?.queue)]),
  ];
}

/** Whether anything is asked of the service; undefined when nobody could say. */
export function isActive({ targets }: Pick<ScaleSpec, 'targets'>, looks: readonly ScaleLook[]): boolean | undefined {
  const now = looks.at(-1);
  const traffic = trafficActivity(looks);
  const queue = targets.queue === undefined ? false : queueActivity(now?.queue);
  if (traffic === true || queue === true) return true;
  return traffic === undefined || queue === undefined ? undefined : false;
}

function queueActivity(queue: ScaleLook['queue']): boolean | undefined {
  return queue && 'length' in queue ? queue.length > 0 : undefined;
}

function trafficActivity(looks: readonly ScaleLook[]): boolean | undefined {
  const now = looks.at(-1)?.traffic;
  if (!now) return undefined;
  if (now.waiting > 0 || now.inFlight > 0) return true;
  const before = looks.slice(0, -1).findLast((one) => one.traffic?.epoch === now.epoch)?.traffic;
  return before && now.requests > before.requests;
}

// ── traffic ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function trafficReadings({ targets }: ScaleSpec, looks: readonly ScaleLook[]): readonly Reading[] {
  const { requestsPerSecond, concurrency, latency = {} } = targets;
  const pair = trafficPair(looks);
  const missing = (name: string, target: number): Reading => ({
    kind: 'missing',
    name,
    target,
    because: looks.at(-1)?.traffic ? 'not measured long enough yet' : 'the gateway does not answer',
  });
  const readings: Reading[] = [];
  if (requestsPerSecond !== undefined) {
    const [name, target] = ['requests_per_second', requestsPerSecond] as const;
    readings.push(pair ? { kind: 'total', name, target, value: perSecond(pair) } : missing(name, target));
  }
  if (concurrency !== undefined) {
    const [name, target] = ['concurrency', concurrency] as const;
    readings.push(pair ? { kind: 'total', name, target, value: atOnce(looks) } : missing(name, target));
  }
  for (const [percentile, target] of Object.entries(latency)) {
    const name = `latency ${percentile}`;
    readings.push(pair ? { kind: 'value', name, target, value: quantile(pair, Number(percentile.slice(1)) / 100) } : missing(name, target));
  }
  return readings;
}

interface Pair {
  readonly from: TrafficLook;
  readonly to: TrafficLook;
  readonly time: Duration;
}

function trafficPair(looks: readonly ScaleLook[]): Pair | undefined {
  const now = looks.at(-1);
  const to = now?.traffic;
  if (!now || !to) return undefined;
  const earlier = looks
    .flatMap(({ at, traffic: from }): readonly Pair[] => (from?.epoch === to.epoch && at < now.at ? [{ from, to, time: now.at - at }] : []))
    .filter((one) => one.time <= longestSpan)
    .toReversed();
  return earlier.find((one) => one.time >= shortestSpan && to.requests - one.from.requests >= enough) ?? earlier.at(-1);
}

function perSecond({ from, to, time }: Pair): number {
  return Math.max(0, to.requests - from.requests) / (time / 1_000);
}

/** The mean of the looks of the last seconds: one moment says little. */
function atOnce(looks: readonly ScaleLook[]): number {
  const now = looks.at(-1)?.at ?? 0;
  const seen = looks.flatMap((one) => (one.traffic && one.at > now - span ? [one.traffic.inFlight + one.traffic.waiting] : []));
  return seen.reduce((sum, one) => sum + one, 0) / Math.max(1, seen.length);
}

/** Of the requests between two looks; 0 when there were none, for then nobody waits. */
function quantile({ from, to }: Pair, share: number): Duration {
  const counts = [...to.latency]
    .map(([bound, count]) => [bound, count - (from.latency.get(bound) ?? 0)] as const)
    .toSorted(([a], [b]) => a - b);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bound, count] of counts) {
    seen += count;
    if (count > 0 && seen >= share * total) return bound;
  }
  return 0;
}

// ── instances ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Seconds of CPU a second, as a share of the limit; an instance counts from when it was ready, so that its start is not taken for load. */
function cpuUses(looks: readonly ScaleLook[], members: readonly Member[], cores: number): readonly InstanceUse[] {
  const now = looks.at(-1);
  return members.map(({ id, ready, readyAt = 0 }): InstanceUse => {
    const used = now?.stats?.[id]?.cpuSeconds;
    if (!ready) return { state: 'unready' };
    if (!now || used === undefined) return { state: 'ready' };
    const from = cpuStart(looks, id, Math.max(readyAt, now.at - longestSpan), now.at);
    return from === undefined
      ? { state: 'unready' }
      : { state: 'ready', used: Math.max(0, used - from.used) / (from.time / 1_000) / cores };
  });
}

/** Ticks of CPU time are counted in hundredths of a second: less than a second of them says little. */
const leastCpuSpan: Duration = 1_000;

function cpuStart(
  looks: readonly ScaleLook[],
  id: string,
  since: number,
  now: number,
): { readonly used: number; readonly time: Duration } | undefined {
  const earlier = looks.flatMap(({ at, stats }) => {
    const used = stats?.[id]?.cpuSeconds;
    return used !== undefined && at >= since && now - at >= leastCpuSpan ? [{ used, time: now - at }] : [];
  });
  return earlier.findLast((one) => one.time >= span) ?? earlier[0];
}

function memoryUses(looks: readonly ScaleLook[], members: readonly Member[], limit: number | undefined): readonly InstanceUse[] {
  const stats = looks.at(-1)?.stats;
  return members.map(({ id, ready }): InstanceUse => {
    if (!ready) return { state: 'unready' };
    const seen = stats?.[id];
    return seen && limit ? { state: 'ready', used: seen.memory / limit } : { state: 'ready' };
  });
}

function useReading(name: string, target: number, instances: readonly InstanceUse[], looks: readonly ScaleLook[]): Reading {
  if (looks.at(-1)?.stats === undefined) return { kind: 'missing', name, target, because: 'the runtime does not say what instances use' };
  return { kind: 'use', name, target, instances };
}

// ── elsewhere ───────────────────────────────────────────────────────────────────────────────────────────────────────

function queueReading({ target, fallback }: NonNullable<ScaleSpec['targets']['queue']>, seen: ScaleLook['queue']): Reading {
  if (seen && 'length' in seen) return { kind: 'total', name: 'queue', target, value: seen.length };
  const because = seen?.because ?? 'it was not asked yet';
  return { kind: 'missing', name: 'queue', target, because, ...(fallback !== undefined && { fallback }) };
}
