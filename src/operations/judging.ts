// Thresholds as people write them, in place of those of a deployment's own analysis; and verdicts as they are shown.
import { z } from 'zod';
import { parseShare } from '../base/units.ts';
import type { Judgement } from '../engine/analysis/evidence.ts';
import type { VerdictWord } from '../model/measurement.ts';
import type { AnalysisSpec } from '../model/service.ts';
import { metricView } from './views.ts';

/** `2%`, more than nothing and less than all. */
export const share = written('a share above 0% and below 100%, such as 2%', /^\d{1,2}(?:\.\d{1,9})?%$/).refine(
  (text) => (parseShare(text) ?? 0) > 0,
  { error: 'expected a share above 0% and below 100%, such as 2%' },
);

export const slower = written(
  'a percentile and how much slower it may be, such as p99=20%',
  /^p\d{1,2}(?:\.\d{1,2})?=\d{1,3}(?:\.\d{1,9})?%$/,
);

function written(what: string, form: RegExp) {
  return z.string().regex(form, { error: ({ input }) => `expected ${what}, got ${JSON.stringify(input)}` });
}

interface Thresholds {
  readonly errors?: string | undefined;
  readonly latency?: string | undefined;
  readonly confidence?: string | undefined;
}

export function otherwise({ errors, latency, confidence }: Thresholds): (spec: AnalysisSpec) => AnalysisSpec {
  const [percentile = '', by = ''] = latency?.split('=') ?? [];
  return (spec) => ({
    ...spec,
    ...(errors !== undefined && { errors: { worseBy: parseShare(errors) ?? 0 } }),
    ...(latency !== undefined && { latency: { ...spec.latency, [percentile]: { worseBy: parseShare(by) ?? 0 } } }),
    ...(confidence !== undefined && { confidence: parseShare(confidence) ?? spec.confidence }),
  });
}

export function viewJudgements(judgements: readonly Judgement[]) {
  const words = judgements.map((one) => one.verdict.verdict);
  const services = judgements.map(({ service, verdict: { verdict, message, metrics } }) => ({
    service,
    verdict,
    message,
    metrics: metrics.map(metricView),
  }));
  return { verdict: together(words), services };
}

/** Releases go live together or not at all. */
function together(words: readonly VerdictWord[]): VerdictWord {
  if (words.includes('fail')) return 'fail';
  return words.every((one) => one === 'pass') ? 'pass' : 'inconclusive';
}
