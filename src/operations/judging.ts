// Thresholds as people write them, in place of those of a deployment's own analysis; and verdicts as they are shown.
import { z } from 'zod';
import { parseShare } from '../base/units.ts';
import type { Judgement } from '../engine/analysis/evidence.ts';
import type { VerdictWord } from '../model/measurement.ts';
import type { AnalysisSpec } from '../model/service.ts';
import { metricView } from './views.ts';

/** `2%`, more than nothing and less than all. */
export const share = z
  .string()
  .regex(/^\d{1,2}(?:\.\d{1,9})?%$/)
  .refine((text) => (parseShare(text) ?? 0) > 0);

interface Thresholds {
  readonly errors?: string | undefined;
  readonly latency?: string | undefined;
  readonly confidence?: string | undefined;
}

export function otherwise({ errors, latency, confidence }: Thresholds): (spec: AnalysisSpec) => AnalysisSpec {
  const [percentile = '', slower = ''] = latency?.split('=') ?? [];
  return (spec) => ({
    ...spec,
    ...(errors !== undefined && { errors: { worseBy: parseShare(errors) ?? 0 } }),
    ...(latency !== undefined && { latency: { ...spec.latency, [percentile]: { worseBy: parseShare(slower) ?? 0 } } }),
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
