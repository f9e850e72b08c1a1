// Raw evidence as it is read back: by name, and believed only as far as its shape is checked.
import { z } from 'zod';
import type { ChaosExhibit } from '../../../model/proving/experiment.ts';
import type { PhaseExhibit } from '../../../model/proving/load.ts';

/** Name of the file in the bundle → what its JSON says. */
export type Exhibits = Readonly<Record<string, unknown>>;

const count = z.number().int().min(0);
const amount = z.number().min(0);
const counts = z.record(z.string(), count);

const buckets = z.object({
  unit: z.literal('us'),
  digits: z.literal(3),
  counts: z.array(z.tuple([count, count])).max(30_000),
  min: amount,
  max: amount,
  sum: amount,
});

const slice = z.object({ succeeded: count, failed: count, latency: buckets });

const loadWindow = z.object({
  at: amount,
  intended: count,
  succeeded: count,
  failed: count,
  p50: amount.optional(),
  p99: amount.optional(),
  inFlight: count,
});

const arrivals = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('constant'), rate: amount }),
  z.object({ kind: z.literal('poisson'), rate: amount }),
  z.object({ kind: z.literal('ramp'), from: amount, to: amount }),
  z.object({ kind: z.literal('spike'), base: amount, peak: amount, at: amount, lasts: amount }),
  z.object({ kind: z.literal('sine'), base: amount, amplitude: amount, period: amount }),
  z.object({ kind: z.literal('replay'), rates: z.array(amount) }),
  z.object({ kind: z.literal('users'), users: amount, think: amount }),
]);

const phase = z.object({
  format: z.literal('load-phase/1'),
  name: z.string(),
  seed: z.number(),
  arrivals,
  startedAt: amount,
  lasts: amount,
  lasted: amount,
  offered: count,
  sent: count,
  dropped: count,
  succeeded: count,
  failed: count,
  timedOut: count,
  unanswered: count,
  statuses: counts,
  failures: counts,
  latency: buckets,
  service: buckets,
  windowWidth: z.number().positive(),
  windows: z.array(loadWindow),
  byRequest: z.record(z.string(), slice),
  byRelease: z.record(z.string(), slice),
  byInstance: z.record(z.string(), slice),
  generator: z.object({ lag: buckets, cpu: amount, kept: z.boolean(), because: z.string().optional() }),
});

/** The phases of a bundle by the name of their file, in the order of their start. What has another shape is none. */
export function phasesIn(exhibits: Exhibits): readonly (readonly [name: string, phase: PhaseExhibit])[] {
  return Object.entries(exhibits)
    .flatMap(([name, content]) => {
      const read = phaseOf(content);
      return read === undefined ? [] : [[name, read] as const];
    })
    .toSorted(([a, one], [b, other]) => one.startedAt - other.startedAt || (a < b ? -1 : 1));
}

const injection = z.object({
  fault: z.object({ kind: z.string(), lasts: amount }),
  injection: z.object({
    kind: z.string(),
    means: z.string(),
    injectedAt: amount,
    verifiedAt: amount.optional(),
    verification: z.string(),
    undoneAt: amount.optional(),
    removalVerifiedAt: amount.optional(),
  }),
});

/** As much of an experiment as its judgement reads. */
const experiment = z.object({
  format: z.literal('chaos-experiment/1'),
  ended: z.enum(['whole', 'interrupted', 'aborted', 'errored']),
  because: z.string().optional(),
  experiment: z.object({
    name: z.string(),
    faults: z.array(z.object({ kind: z.string(), lasts: amount })),
    steady: z.object({ success: amount, p99: amount, goodput: amount, least: amount }),
    during: z.object({ errors: amount }).optional(),
    recovery: z.object({ good: amount, within: amount, watch: amount }),
  }),
  injections: z.array(injection),
  load: phase,
  ledger: z.object({ writes: z.array(z.unknown()) }).optional(),
});

export function experimentOf(content: unknown): ChaosExhibit | undefined {
  // What is checked is what is read; the rest stays as it was.
  return experiment.safeParse(content).success ? (content as ChaosExhibit) : undefined;
}

export function phaseOf(content: unknown): PhaseExhibit | undefined {
  const read = phase.safeParse(content);
  return read.success ? read.data : undefined;
}
