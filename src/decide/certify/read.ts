// The words of a certificate, as strict as they were written: a member more or less is another certificate.
import { z } from 'zod';
import { domains } from '../../model/proving/criterion.ts';
import type { Statement } from '../../model/readiness/certificate.ts';
import { predicateType, statementType } from '../../model/readiness/certificate.ts';

const text = z.string().max(2_000);
const words = z.array(text).max(2_000);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const date = z.iso.datetime();
const trialKind = z.enum(['load', 'stress', 'chaos', 'scale', 'security', 'certification']);
const verdict = z.enum(['passed', 'failed', 'errored', 'inconclusive', 'invalid', 'interrupted']);
const domain = z.enum(domains);
const share = z.number().min(0).max(1);
const score = z.number().min(0).max(10);

const figure = z.strictObject({
  id: text,
  unit: text,
  n: z.number(),
  estimate: z.number(),
  lower: z.number(),
  upper: z.number(),
  confidence: share,
  method: text,
  evidence: words,
});
const unmeasured = z.strictObject({ id: text, because: text });
const machine = z.strictObject({ foreign: z.number(), stolen: z.number(), valid: z.boolean(), because: text.optional() });
const exhibit = z.strictObject({ name: text, digest, bytes: z.int().min(0) });

const criterion = z.strictObject({
  id: text,
  domain,
  statement: text,
  figure: text,
  threshold: z.strictObject({ op: z.enum(['at_most', 'below', 'at_least', 'above', 'equals']), value: z.number(), unit: text }),
  worst: z.number().optional(),
  weight: z.enum(['critical', 'high', 'medium', 'low']),
  required: z.boolean(),
  minimumSample: z.int().min(1),
});

const trial = z.strictObject({
  id: text,
  kind: trialKind,
  profile: text,
  seed: z.number(),
  startedAt: date,
  endedAt: date,
  verdict,
  machine: machine.optional(),
  figures: z.array(figure).max(5_000),
  unmeasured: z.array(unmeasured).max(5_000),
  exhibits: z.array(exhibit).max(5_000),
  root: digest,
});

const attempt = z.strictObject({
  sequence: z.int().min(1),
  at: z.number(),
  phase: z.enum(['begun', 'ended']),
  trial: text,
  kind: trialKind,
  profile: text,
  by: text,
  verdict: verdict.optional(),
  root: digest.optional(),
  entry: digest,
  previous: hash,
  hash,
});

const result = z.strictObject({
  id: text,
  domain,
  word: z.enum(['met', 'not_met', 'not_measured']),
  grade: share,
  figure: figure.optional(),
  because: text.optional(),
});

const predicate = z.strictObject({
  id: text,
  application: text,
  environment: text,
  runtime: text,
  profile: text,
  issuedAt: date,
  reviewBy: date,
  notAfter: date,
  verifier: z.strictObject({ id: text }),
  criteria: z.strictObject({
    name: text,
    rubric: text,
    digest,
    criteria: z.array(criterion).min(1).max(500),
    excluded: z.array(z.strictObject({ domain, because: text })).max(domains.length),
  }),
  platform: z.strictObject({ kernel: text, arch: text, cpus: z.int(), memory: z.number(), node: text, engine: text }),
  machine,
  releases: z.record(z.string(), text),
  trials: z.array(trial).max(1_000),
  results: z.array(result).max(500),
  scores: z.strictObject({
    domains: z.array(z.strictObject({ domain, score, best: score, met: z.int(), of: z.int() })).max(domains.length),
    overall: z.strictObject({ score, best: score }),
    coverage: share,
    weakest: domain.optional(),
  }),
  level: z.enum(['certified', 'conditional', 'not_certified', 'invalid']),
  conditions: words,
  risks: z
    .array(z.strictObject({ criterion: text, severity: z.enum(['critical', 'high', 'medium', 'low']), what: text, command: text }))
    .max(500),
  attempts: z.array(attempt).max(100_000),
  after: z.strictObject({ sequence: z.int(), hash }).optional(),
  source: z.strictObject({ digest, files: z.int(), lines: z.int(), exhibit: text }).optional(),
  evidence: z.strictObject({ root: digest, files: z.int(), bytes: z.int() }),
  previous: digest.optional(),
});

const statement = z.strictObject({
  _type: z.literal(statementType),
  subject: z
    .array(z.strictObject({ name: text, digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(1_000),
  predicateType: z.literal(predicateType),
  predicate,
});

/** The statement, or what is wrong with it in one sentence that names the member. */
export function readStatement(value: unknown): { readonly statement: Statement } | { readonly problem: string } {
  const read = statement.safeParse(value);
  if (read.success) return { statement: read.data as unknown as Statement };
  const [first] = read.error.issues;
  return { problem: `${first?.path.join('.') || 'the statement'}: ${first?.message ?? 'it has another shape'}` };
}
