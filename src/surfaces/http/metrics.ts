// What /metrics tells of this process and the operations that were called; what the gateway counted stands in `metrics/traffic.ts`.
import type { Duration } from '../../base/units.ts';
import { family, histogram, sample } from './metrics/exposition.ts';

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
