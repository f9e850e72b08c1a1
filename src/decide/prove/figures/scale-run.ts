// The record of a scale trial as it is read back from a bundle: believed only as far as its shape is checked.
import { z } from 'zod';
import type { ScaleRun } from '../../../model/proving/scale.ts';
import type { Exhibits } from './exhibits.ts';

const amount = z.number().min(0);

const step = z.object({
  kind: z.enum(['round', 'even', 'users']),
  exhibit: z.string(),
  replicas: z.int().min(1),
  instances: z.array(z.string()),
  joined: amount.optional(),
  cpu: amount.optional(),
  memory: amount.optional(),
  stopped: z.string().optional(),
});

const scaleRun = z.object({
  format: z.literal('scale-run/1'),
  profile: z.string(),
  seed: z.number(),
  service: z.string(),
  machine: z.object({ cores: z.int().min(1), quota: amount.optional() }),
  steps: z.array(step).max(1_000),
  timed: z.array(
    z.object({
      what: z.enum(['scale_up', 'scale_down', 'autoscale_up', 'autoscale_down', 'discovery']),
      took: amount.optional(),
      watched: amount,
    }),
  ),
  stopped: z.string().optional(),
});

export function scaleRunIn(exhibits: Exhibits): ScaleRun | undefined {
  for (const content of Object.values(exhibits)) {
    const read = scaleRun.safeParse(content);
    if (read.success) return read.data;
  }
  return undefined;
}
