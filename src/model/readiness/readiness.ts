// `readiness.yaml`: criteria as data, strict, with the place of everything that is wrong.
import { z } from 'zod';
import { CodeError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest.ts';
import type { Finding, ManifestProblem } from '../manifest/finding.ts';
import { manifestError } from '../manifest/finding.ts';
import { findingsOf } from '../manifest/issues.ts';
import { readDocument } from '../manifest/yaml/read.ts';
import type { Criterion, Domain } from '../proving/criterion.ts';
import { domains } from '../proving/criterion.ts';

export interface Readiness {
  readonly name: string;
  readonly criteria: readonly Criterion[];
  readonly excluded: readonly { readonly domain: Domain; readonly because: string }[];
}

const ops = ['at_most', 'below', 'at_least', 'above', 'equals'] as const;
const word = /^[a-z][a-z0-9_.-]{0,99}$/;

function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => `is not known${didYouMean(key, known)}`).join('\n') : undefined,
  });
}

const criterion = strict({
  id: z.string().regex(word, 'expected a name such as performance.latency.p95'),
  domain: z.enum(domains),
  statement: z.string().min(1).max(300),
  figure: z.string().regex(word, 'expected the name of a figure such as performance.latency.p95'),
  threshold: strict({ op: z.enum(ops), value: z.number(), unit: z.string().min(1).max(20) }),
  worst: z.number().optional(),
  weight: z.enum(['critical', 'high', 'medium', 'low']),
  required: z.boolean().default(false),
  minimum_sample: z.int().min(1).default(1),
});

const document = strict({
  name: z.string().min(1).max(60),
  excluded: z
    .array(strict({ domain: z.enum(domains), because: z.string().min(10, 'expected a reason of at least 10 characters').max(300) }))
    .max(domains.length)
    .default([]),
  criteria: z.array(criterion).min(1).max(500),
});

/** Errors: `manifest_unreadable`, `manifest_invalid`, both with every problem and its place. */
export function parseReadiness(content: string | Uint8Array, file: string): Readiness {
  const source = readDocument(content, file);
  const read = document.safeParse(source.value, { reportInput: true });
  const findings = read.data ? ruleFindings(read.data) : findingsOf(read.error?.issues ?? []);
  const problems: readonly ManifestProblem[] = [...source.problems, ...findings.map(source.locate)];
  if (problems.length > 0 || !read.data) throw criteriaError(file, problems);
  const { name, excluded, criteria } = read.data;
  return {
    name,
    excluded,
    criteria: criteria.map(({ minimum_sample, worst, ...rest }) => ({
      ...rest,
      ...(worst !== undefined && { worst }),
      minimumSample: minimum_sample,
    })),
  };
}

/** The YAML that is read back as the same. */
export function readinessYaml({ name, excluded, criteria }: Readiness): string {
  const quoted = (text: string) => JSON.stringify(text);
  const lines = criteria.flatMap(({ id, domain, statement, figure, threshold, worst, weight, required, minimumSample }) => [
    `  - id: ${id}`,
    `    domain: ${domain}`,
    `    statement: ${quoted(statement)}`,
    `    figure: ${figure}`,
    `    threshold: { op: ${threshold.op}, value: ${threshold.value}, unit: ${quoted(threshold.unit)} }`,
    ...(worst === undefined ? [] : [`    worst: ${worst}`]),
    `    weight: ${weight}`,
    `    required: ${required}`,
    `    minimum_sample: ${minimumSample}`,
  ]);
  const left = excluded.map(({ domain, because }) => `  - { domain: ${domain}, because: ${quoted(because)} }`);
  return [`name: ${quoted(name)}`, ...(left.length > 0 ? ['excluded:', ...left] : []), 'criteria:', ...lines, ''].join('\n');
}

type Written = z.infer<typeof document>;

/** What no schema can say: names that meet, domains that nobody speaks of, a worst value on the wrong side. */
function ruleFindings({ criteria, excluded }: Written): readonly Finding[] {
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const [at, { id, threshold, worst }] of criteria.entries()) {
    if (seen.has(id)) findings.push({ path: ['criteria', at, 'id'], message: `there is another criterion ${id}` });
    seen.add(id);
    if (worst !== undefined && !isWorse(threshold, worst))
      findings.push({ path: ['criteria', at, 'worst'], message: `is not worse than the threshold (${threshold.op} ${threshold.value})` });
  }
  const left = new Set(excluded.map(({ domain }) => domain));
  const spoken = new Set(criteria.map(({ domain }) => domain));
  for (const domain of domains) {
    if (!spoken.has(domain) && !left.has(domain))
      findings.push({
        path: ['criteria'],
        atKey: true,
        message: `no criterion is about ${domain}: add one, or say under excluded why not`,
      });
    if (spoken.has(domain) && left.has(domain))
      findings.push({ path: ['excluded'], atKey: true, message: `${domain} is left out, though there are criteria about it` });
  }
  return findings;
}

function isWorse({ op, value }: Written['criteria'][number]['threshold'], worst: number): boolean {
  if (op === 'equals') return false;
  return op === 'at_most' || op === 'below' ? worst > value : worst < value;
}

function criteriaError(file: string, problems: readonly ManifestProblem[]): CodeError {
  const error = manifestError('manifest_invalid', file, problems);
  return new CodeError(error.code, error.message, {
    hint: 'Run "codectl certify --print-criteria" to see every key at work.',
    details: error.details,
  });
}
