// Raw evidence as it is read back: by name, and believed only as far as its shape is checked.
import { z } from 'zod';
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

export function phaseOf(content: unknown): PhaseExhibit | undefined {
  const read = phase.safeParse(content);
  return read.success ? read.data : undefined;
}
