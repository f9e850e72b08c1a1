// The record of a stress trial as it is read back from a bundle: believed only as far as its shape is checked.
import { z } from 'zod';
import type { StressRun } from '../../../model/proving/stress.ts';
import type { Exhibits } from './exhibits.ts';

const amount = z.number().min(0);

const step = z.object({
  kind: z.enum(['warm', 'knee', 'ramp', 'phase', 'breaking', 'drop']),
  exhibit: z.string(),
  phase: z.string().optional(),
  stopped: z.string().optional(),
});

const stressRun = z.object({
  format: z.literal('stress-run/1'),
  profile: z.string(),
  seed: z.number(),
  slo: z.object({ p99: z.number().positive(), errors: z.number().positive().max(1) }),
  availability: z.number().positive().lt(1),
  search: z.object({
    start: z.number().positive(),
    least: z.number().positive(),
    most: z.number().positive(),
    factor: z.number().gt(1),
    precision: z.number().positive(),
    confirmations: z.int().min(0).max(10),
  }),
  stair: z.object({ rise: z.number().positive(), most: z.number().gt(1), falls: z.number().positive().max(1) }),
  steps: z.array(step).max(1_000),
  droppedAt: amount.optional(),
  memory: z.array(z.object({ instance: z.string(), samples: z.array(z.tuple([amount, amount])) })),
  experiments: z.array(z.string()).max(100).optional(),
  stopped: z.string().optional(),
});

export function stressRunIn(exhibits: Exhibits): StressRun | undefined {
  for (const content of Object.values(exhibits)) {
    const read = stressRun.safeParse(content);
    if (read.success) return read.data;
  }
  return undefined;
}
