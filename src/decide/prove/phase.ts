// What several generators saw of one phase becomes one exhibit: counts are added up, and whether the schedule was kept is judged once.
import type { Duration } from '../../base/units.ts';
import type { Buckets, LoadPhase, LoadWindow, PhaseExhibit, Slice } from '../../model/proving/load.ts';
import { countOf, mergeBuckets, quantileOf, topOf } from './buckets.ts';

type Counted = 'offered' | 'dropped' | 'succeeded' | 'failed' | 'timedOut' | 'unanswered' | 'lasted' | 'statuses' | 'failures';

type Kept = 'latency' | 'service' | 'byRequest' | 'byRelease' | 'byInstance';

/** What one process tells of its part. */
export interface PhasePart extends Pick<PhaseExhibit, Counted | Kept> {
  readonly lag: Buckets;
  readonly windows: readonly PartWindow[];
  /** Of one core. */
  readonly cpu: number;
  /** Places that a connection could not be had from: `EMFILE`, `EADDRNOTAVAIL`, all in use. */
  readonly exhausted: readonly string[];
}

export interface PartWindow {
  readonly intended: number;
  readonly failed: number;
  readonly inFlight: number;
  /** Buckets of what succeeded, one a request, in any order. */
  readonly latencies: Uint16Array;
}

/** As wide as a window is: recovery is told in these. */
export const windowWidth: Duration = 200;

/** The generator is believed when it was less late than this at p99, or than a tenth of what is promised. */
const latestLag: Duration = 5;
const leastSent = 0.99;

export interface PhaseFacts {
  readonly phase: LoadPhase;
  readonly seed: number;
  readonly startedAt: number;
  readonly slo?: Duration;
}

export function exhibitOf({ phase, seed, startedAt, slo }: PhaseFacts, parts: readonly PhasePart[]): PhaseExhibit {
  const sum = (value: (part: PhasePart) => number) => parts.reduce((total, one) => total + value(one), 0);
  const merged = (value: (part: PhasePart) => Buckets) => mergeBuckets(parts.map(value));
  const offered = sum((one) => one.offered);
  const dropped = sum((one) => one.dropped);
  const lag = merged((one) => one.lag);
  const exhausted = [...new Set(parts.flatMap((one) => one.exhausted))].sort();
  const because = whyNotKept({ offered, dropped, lag, exhausted, slo });
  return {
    format: 'load-phase/1',
    name: phase.name,
    seed,
    arrivals: phase.arrivals,
    startedAt,
    lasts: phase.lasts,
    lasted: Math.max(0, ...parts.map((one) => one.lasted)),
    offered,
    sent: offered - dropped,
    dropped,
    succeeded: sum((one) => one.succeeded),
    failed: sum((one) => one.failed),
    timedOut: sum((one) => one.timedOut),
    unanswered: sum((one) => one.unanswered),
    statuses: addedUp(parts.map((one) => one.statuses)),
    failures: addedUp(parts.map((one) => one.failures)),
    latency: merged((one) => one.latency),
    service: merged((one) => one.service),
    windowWidth,
    windows: windowsOf(parts),
    byRequest: slicesOf(parts.map((one) => one.byRequest)),
    byRelease: slicesOf(parts.map((one) => one.byRelease)),
    byInstance: slicesOf(parts.map((one) => one.byInstance)),
    generator: { lag, cpu: sum((one) => one.cpu), kept: because === undefined, ...(because !== undefined && { because }) },
  };
}

interface Keeping {
  readonly offered: number;
  readonly dropped: number;
  readonly lag: Buckets;
  readonly exhausted: readonly string[];
  readonly slo?: Duration;
}

/** In words; undefined: it kept its schedule. */
export function whyNotKept({ offered, dropped, lag, exhausted, slo = 0 }: Keeping): string | undefined {
  if (offered === 0) return 'no request was due';
  if (exhausted.length > 0) return `no connection was to be had (${exhausted.join(', ')})`;
  if (offered - dropped < leastSent * offered) return `${dropped} of ${offered} requests could not be sent`;
  const most = Math.max(latestLag, slo / 10);
  const late = quantileOf(lag, 0.99) / 1000;
  return late > most ? `the generator was ${late.toFixed(1)} ms late at p99, ${most} ms are allowed` : undefined;
}

function windowsOf(parts: readonly PhasePart[]): readonly LoadWindow[] {
  const count = Math.max(0, ...parts.map((one) => one.windows.length));
  return Array.from({ length: count }, (_, index) => {
    const here = parts.flatMap((one) => one.windows[index] ?? []);
    const sum = (value: (window: PartWindow) => number) => here.reduce((total, one) => total + value(one), 0);
    const latencies = Uint16Array.from(here.flatMap((one) => [...one.latencies])).sort();
    return {
      at: index * windowWidth,
      intended: sum((one) => one.intended),
      succeeded: latencies.length,
      failed: sum((one) => one.failed),
      ...(latencies.length > 0 && { p50: ranked(latencies, 0.5), p99: ranked(latencies, 0.99) }),
      inFlight: sum((one) => one.inFlight),
    };
  });
}

/** Milliseconds, of sorted buckets. */
function ranked(sorted: Uint16Array, p: number): Duration {
  return topOf(sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0) / 1000;
}

function addedUp(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const one of all) for (const [name, count] of Object.entries(one)) counts.set(name, (counts.get(name) ?? 0) + count);
  return ordered(counts);
}

function slicesOf(all: readonly Readonly<Record<string, Slice>>[]): Readonly<Record<string, Slice>> {
  const names = new Set(all.flatMap((one) => Object.keys(one)));
  return ordered(
    [...names].map((name) => {
      const slices = all.flatMap((one) => one[name] ?? []);
      const latency = mergeBuckets(slices.map((one) => one.latency));
      return [name, { succeeded: countOf(latency), failed: slices.reduce((sum, one) => sum + one.failed, 0), latency }] as const;
    }),
  );
}

/** By name: the same counts are the same bytes. */
function ordered<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
