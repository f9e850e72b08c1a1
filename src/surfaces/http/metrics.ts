// What /metrics tells: this process, the operations that were called, and what the gateway counted. Prometheus text format 0.0.4.
import type { Duration } from '../../base/units.ts';
import type { TrafficObservation } from '../../model/route.ts';

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** Upper bounds in seconds. */
const bounds = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];

interface Tally {
  count: number;
  seconds: number;
  readonly buckets: number[];
}

/** Counts calls by operation and result; one per surface. */
export class Meter {
  readonly #tallies = new Map<string, Map<string, Tally>>();

  /** `result` is `ok` or an error's code. */
  record(operation: string, result: string, took: Duration): void {
    const results = this.#tallies.get(operation) ?? new Map<string, Tally>();
    this.#tallies.set(operation, results);
    const tally = results.get(result) ?? { count: 0, seconds: 0, buckets: bounds.map(() => 0) };
    results.set(result, tally);
    tally.count += 1;
    tally.seconds += took / 1000;
    const at = bounds.findIndex((bound) => took / 1000 <= bound);
    if (at >= 0) tally.buckets[at] = (tally.buckets[at] ?? 0) + 1;
  }

  lines(): readonly string[] {
    const all = [...this.#tallies].flatMap(([operation, results]) =>
      [...results].map(([result, tally]) => ({ labels: { operation, result }, tally })),
    );
    return [
      ...family('codectl_operations_total', 'counter', 'Calls that ended, by operation and result.'),
      ...all.map(({ labels, tally }) => sample('codectl_operations_total', labels, tally.count)),
      ...family('codectl_operation_duration_seconds', 'histogram', 'Time from the request to the end of its answer.'),
      ...all.flatMap(({ labels, tally }) =>
        histogram('codectl_operation_duration_seconds', labels, { bounds, counts: tally.buckets, total: tally.count, sum: tally.seconds }),
      ),
    ];
  }
}

export function processLines(version: string): readonly string[] {
  const cpu = process.cpuUsage();
  return [
    ...family('codectl_info', 'gauge', 'Always 1; the label tells the version.'),
    sample('codectl_info', { version }, 1),
    ...family('process_cpu_seconds_total', 'counter', 'CPU time used by the daemon.'),
    sample('process_cpu_seconds_total', {}, (cpu.user + cpu.system) / 1e6),
    ...family('process_resident_memory_bytes', 'gauge', 'Memory of the daemon.'),
    sample('process_resident_memory_bytes', {}, process.memoryUsage.rss()),
    ...family('process_start_time_seconds', 'gauge', 'When the daemon was started, since the epoch.'),
    sample('process_start_time_seconds', {}, Math.round(performance.timeOrigin / 1000)),
  ];
}

export function trafficLines({ version, releases }: TrafficObservation): readonly string[] {
  const labelled = releases.map((one) => ({ labels: { service: one.service, release: one.release }, one }));
  return [
    ...family('codectl_route_table_version', 'gauge', 'The route table that is in force.'),
    sample('codectl_route_table_version', {}, version),
    ...family('codectl_gateway_requests_total', 'counter', 'Requests that the gateway answered, by release.'),
    ...labelled.map(({ labels, one }) => sample('codectl_gateway_requests_total', labels, one.requests)),
    ...family('codectl_gateway_failures_total', 'counter', 'Requests that failed, by release.'),
    ...labelled.map(({ labels, one }) => sample('codectl_gateway_failures_total', labels, one.failures)),
    ...family('codectl_gateway_request_duration_seconds', 'histogram', 'From the head of a request to the last byte of its response.'),
    ...labelled.flatMap(({ labels, one }) =>
      histogram('codectl_gateway_request_duration_seconds', labels, {
        bounds: one.latency.map(({ atMost }) => atMost / 1000),
        counts: one.latency.map(({ count }) => count),
        total: one.latency.reduce((sum, { count }) => sum + count, 0),
      }),
    ),
  ];
}

type Labels = Readonly<Record<string, string>>;

interface Histogram {
  readonly bounds: readonly number[];
  /** Not cumulative, one for each bound. */
  readonly counts: readonly number[];
  readonly total: number;
  readonly sum?: number;
}

function histogram(name: string, labels: Labels, { bounds: limits, counts, total, sum }: Histogram): readonly string[] {
  let below = 0;
  const buckets = limits.flatMap((bound, index) => {
    below += counts[index] ?? 0;
    return Number.isFinite(bound) ? [sample(`${name}_bucket`, { ...labels, le: String(bound) }, below)] : [];
  });
  return [
    ...buckets,
    sample(`${name}_bucket`, { ...labels, le: '+Inf' }, total),
    ...(sum === undefined ? [] : [sample(`${name}_sum`, labels, sum)]),
    sample(`${name}_count`, labels, total),
  ];
}

function family(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function sample(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels)
    .map(([key, label]) => `${key}="${label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
    .join(',');
  return `${name}${text === '' ? '' : `{${text}}`} ${value}`;
}
