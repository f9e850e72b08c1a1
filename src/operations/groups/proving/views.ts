// The shapes in which the book of trials crosses the product's border.
import { z } from 'zod';
import type { Attempt, TrialEntry } from '../../../model/proving/attempt.ts';
import type { FigureMethod } from '../../../model/proving/figure.ts';

export const trialKind = z.enum(['load', 'stress', 'chaos', 'scale', 'security', 'certification']);
export const trialVerdict = z.enum(['passed', 'failed', 'errored', 'inconclusive', 'invalid', 'interrupted']);

const text = z.string().max(300);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

export const figure = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_.-]{0,119}$/),
  unit: z.string().max(20),
  n: z.number().min(0),
  estimate: z.number(),
  lower: z.number(),
  upper: z.number(),
  confidence: z.number().min(0).max(1),
  method: z.string().regex(/^[a-z][a-z-]{1,39}$/) as unknown as z.ZodType<FigureMethod>,
  evidence: z.array(text).max(1_000),
});
export const unmeasured = z.strictObject({ id: z.string().max(120), because: z.string().max(1_000) });
export const exhibit = z.strictObject({ name: text, digest, bytes: z.int().min(0) });
export const machine = z.strictObject({
  foreign: z.number(),
  stolen: z.number(),
  valid: z.boolean(),
  because: z.string().max(1_000).optional(),
});

export const trialView = z.object({
  id: z.string(),
  application: z.string(),
  environment: z.string(),
  kind: trialKind,
  profile: z.string(),
  seed: z.number(),
  within: z.string().optional(),
  runtime: z.string(),
  releases: z.record(z.string(), z.string()),
  touches: z.array(z.string()),
  by: z.string(),
  plan_id: z.string().optional(),
  started_at: z.string(),
  due_at: z.string().describe('It takes no longer, said whoever began it'),
  ended_at: z.string().optional().describe('Absent: it runs, or whoever ran it is gone'),
  verdict: trialVerdict.optional(),
  root: z.string().optional().describe('Merkle root over its exhibits'),
  figures: z.array(figure).optional(),
  unmeasured: z.array(unmeasured).optional(),
  machine: machine.optional(),
  exhibits: z.array(exhibit).optional(),
});

export type TrialView = z.infer<typeof trialView>;

export const attemptView = z.object({
  sequence: z.int(),
  at: z.number(),
  phase: z.enum(['begun', 'ended']),
  trial: z.string(),
  kind: trialKind,
  profile: z.string(),
  by: z.string(),
  verdict: trialVerdict.optional(),
  root: z.string().optional(),
  entry: z.string(),
  previous: z.string(),
  hash: z.string(),
});

/** Without what it measured, where many are listed. */
export function viewTrial(entry: TrialEntry, whole: boolean): TrialView {
  const { id, scope, kind, profile, seed, within, runtime, releases, touches, by, plan, startedAt, lasts, ended } = entry;
  return {
    id,
    ...scope,
    kind,
    profile,
    seed,
    within,
    runtime,
    releases: { ...releases },
    touches: [...touches],
    by,
    plan_id: plan,
    started_at: new Date(startedAt).toISOString(),
    due_at: new Date(startedAt + lasts).toISOString(),
    ...(ended && {
      ended_at: new Date(ended.at).toISOString(),
      verdict: ended.verdict,
      root: ended.root,
      ...(whole && {
        figures: ended.figures.map((one) => ({ ...one, evidence: [...one.evidence] })),
        unmeasured: [...ended.unmeasured],
        machine: ended.machine,
        exhibits: [...ended.exhibits],
      }),
    }),
  };
}

export function viewAttempt(attempt: Attempt): z.infer<typeof attemptView> {
  return { ...attempt };
}
