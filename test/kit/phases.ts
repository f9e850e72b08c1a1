// A phase as a perfect generator would have seen it, made from a rate and latencies: for tests of what reads phases.

import { bucketsOf, noBuckets } from '../../src/decide/prove/buckets.ts';
import type { ChaosExhibit } from '../../src/model/proving/experiment.ts';
import { builtInExperiments } from '../../src/model/proving/experiments.ts';
import type { Arrivals, LoadWindow, PhaseExhibit, Slice } from '../../src/model/proving/load.ts';

export interface SampleOptions {
  readonly name?: string;
  readonly rate: number;
  readonly seconds: number;
  /** Of the n-th request; undefined: it failed. */
  readonly milliseconds: (n: number) => number | undefined;
  readonly startedAt?: number;
  readonly arrivals?: Arrivals;
  readonly instances?: readonly string[];
}

export function phaseExhibit(options: SampleOptions): PhaseExhibit {
  const { rate, seconds, milliseconds, name = 'sample', startedAt = 0, instances = [] } = options;
  const all = Array.from({ length: rate * seconds }, (_, n) => ({ at: (n * 1000) / rate, took: milliseconds(n) }));
  const good = all.flatMap(({ took }) => (took === undefined ? [] : [took * 1000]));
  const latency = bucketsOf(good);
  const slice: Slice = { succeeded: good.length, failed: all.length - good.length, latency };
  const each = (index: number): Slice => {
    const part = good.filter((_, n) => n % instances.length === index);
    return { succeeded: part.length, failed: 0, latency: bucketsOf(part) };
  };
  return {
    format: 'load-phase/1',
    name,
    seed: 1,
    arrivals: options.arrivals ?? { kind: 'constant', rate },
    startedAt,
    lasts: seconds * 1000,
    lasted: seconds * 1000,
    offered: all.length,
    sent: all.length,
    dropped: 0,
    succeeded: good.length,
    failed: all.length - good.length,
    timedOut: 0,
    unanswered: 0,
    statuses: {},
    failures: {},
    latency,
    service: latency,
    windowWidth: 200,
    windows: Array.from({ length: seconds * 5 }, (_, index) => windowOf(index * 200, all)),
    byRequest: { request: slice },
    byRelease: {},
    byInstance: Object.fromEntries(instances.map((instance, index) => [instance, each(index)])),
    generator: { lag: noBuckets, cpu: 0.1, kept: true },
  };
}

function windowOf(at: number, all: readonly { readonly at: number; readonly took: number | undefined }[]): LoadWindow {
  const here = all.filter((one) => one.at >= at && one.at < at + 200);
  const took = here.flatMap((one) => (one.took === undefined ? [] : [one.took])).toSorted((a, b) => a - b);
  const rank = (p: number) => took[Math.ceil(p * took.length) - 1];
  return {
    at,
    intended: here.length,
    succeeded: took.length,
    failed: here.length - took.length,
    ...(took.length > 0 && { p50: rank(0.5), p99: rank(0.99) }),
    inFlight: 1,
  };
}

/** A crash after five of thirty seconds, seen to act and to be over three seconds later; `recovery` absent: bad to the end; `verified` false: never seen. */
export function experimentExhibit(name: string, recovery: number | undefined, verified = true): ChaosExhibit {
  const builtIn = builtInExperiments.find((one) => one.name === name);
  if (builtIn === undefined) throw new Error(`there is no experiment ${name}`);
  const experiment = { ...builtIn, before: 5_000 };
  const load = phaseExhibit({ name, rate: 500, seconds: 30, milliseconds: () => 10 });
  const isBad = (at: number) => at >= 5_000 && at < 5_000 + (recovery ?? 60_000);
  const windows = load.windows.map((one) => (isBad(one.at) ? { ...one, succeeded: 0, failed: one.intended } : one));
  const [kind] = experiment.faults.map((one) => one.kind);
  const injection = {
    kind: kind ?? 'crash',
    means: 'SIGKILL',
    injectedAt: load.startedAt + 5_000,
    ...(verified && { verifiedAt: load.startedAt + 5_010 }),
    verification: 'it was gone',
    undoneAt: load.startedAt + 8_000,
    removalVerifiedAt: load.startedAt + 8_100,
  };
  const fault = { kind: injection.kind, target: { kind: 'instance', id: 'api-1', service: 'api' }, lasts: 3_000, settings: {} } as const;
  return { format: 'chaos-experiment/1', experiment, injections: [{ fault, injection }], load: { ...load, windows }, ended: 'whole' };
}
