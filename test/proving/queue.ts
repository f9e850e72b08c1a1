// A generator of load whose application is a queue with known limits: every phase is over at once, and what it leaves behind is exact.
import { dueBy } from '../../src/decide/prove/arrivals.ts';
import { bucketsOf, noBuckets } from '../../src/decide/prove/buckets.ts';
import type { LoadPhase, LoadWindow, PhaseExhibit } from '../../src/model/proving/load.ts';
import type { LoadEngine, LoadGlance } from '../../src/proving/load/engine.ts';

export interface QueueOptions {
  /** Requests a second that are served at most. */
  readonly capacity: number;
  /** Milliseconds after which a waiting request has failed. */
  readonly timeout: number;
  /** Once so many wait, half of the capacity is gone for the rest of the phase: it cannot come back by itself. */
  readonly collapsesAt?: number;
  /** The generator is late above this rate. */
  readonly carries?: number;
  /** It is late in this phase. */
  readonly stumbles?: (phase: LoadPhase) => boolean;
  /** Told of each phase before it begins. */
  readonly began?: (phase: LoadPhase) => void;
}

const width = 200;
const base = 10;

export function queueEngine(options: QueueOptions): LoadEngine {
  let now = 1_000_000;
  return {
    run: async (phase, signal, live) => {
      options.began?.(phase);
      const seen = lived(phase, options, now, signal.aborted);
      now += phase.lasts + 1_000;
      live?.(glanceOf(seen));
      return seen;
    },
    close: async () => undefined,
  };
}

function lived(phase: LoadPhase, options: QueueOptions, startedAt: number, cut: boolean): PhaseExhibit {
  const { arrivals } = phase;
  const windows: LoadWindow[] = [];
  const latencies: number[] = [];
  let [waiting, capacity, failed, offered, highest] = [0, options.capacity, 0, 0, 0];
  for (let at = 0; at < (cut ? width : phase.lasts); at += width) {
    const come =
      arrivals.kind === 'users'
        ? Math.floor((Math.min(capacity, (arrivals.users * 1000) / (base + arrivals.think)) * width) / 1000)
        : Math.floor(dueBy(arrivals, at + width, phase.lasts)) - Math.floor(dueBy(arrivals, at, phase.lasts));
    const before = waiting;
    waiting = Math.max(0, waiting + come - (capacity * width) / 1000);
    if (waiting > (options.collapsesAt ?? Number.POSITIVE_INFINITY)) capacity = options.capacity / 2;
    const took = base + (((before + waiting) / 2) * 1000) / capacity;
    const lost = took > options.timeout ? come : 0;
    // Nobody waits for longer than that.
    waiting = Math.min(waiting, (options.timeout * capacity) / 1000);
    latencies.push(...Array.from({ length: come - lost }, () => took * 1000));
    [failed, offered, highest] = [failed + lost, offered + come, Math.max(highest, (come * 1000) / width)];
    windows.push({
      at,
      intended: come,
      succeeded: come - lost,
      failed: lost,
      ...(come > lost && { p50: took, p99: took }),
      inFlight: Math.round(waiting),
    });
  }
  const late = isLate(phase, options, highest);
  return {
    format: 'load-phase/1',
    name: phase.name,
    seed: 1,
    arrivals,
    startedAt,
    lasts: phase.lasts,
    lasted: windows.length * width,
    offered,
    sent: offered,
    dropped: 0,
    succeeded: offered - failed,
    failed,
    timedOut: 0,
    unanswered: 0,
    statuses: {},
    failures: {},
    latency: bucketsOf(latencies),
    service: noBuckets,
    windowWidth: width,
    windows,
    byRequest: {},
    byRelease: {},
    byInstance: {},
    generator: { lag: noBuckets, cpu: 0.1, kept: !late, ...(late && { because: 'it was 40 ms late' }) },
  };
}

function isLate(phase: LoadPhase, { stumbles, carries = Number.POSITIVE_INFINITY }: QueueOptions, highest: number): boolean {
  return stumbles?.(phase) === true || (phase.arrivals.kind !== 'users' && highest > carries);
}

function glanceOf({ lasted, offered, succeeded, failed }: PhaseExhibit): LoadGlance {
  return { at: lasted, offered, succeeded, failed, inFlight: 0 };
}
