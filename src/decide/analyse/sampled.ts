// Metrics that come as values instead of counts: judged by the shift of ranks, at times that are fixed beforehand.
import { formatShare } from '../../base/units.ts';
import type { MetricSamples, MetricVerdict, VerdictWord } from '../../model/measurement.ts';
import type { SampledSpec } from '../../model/rollout/sampled.ts';
import { median } from '../median.ts';
import type { Levels } from './counted.ts';
import { chanceOfHigher, shiftOf } from './ranks.ts';
import type { SampledMetric } from './state.ts';

/** Values of each side without which nothing is said. */
const fewest = 4;
/** Newest values kept on each side. */
const most = 200;

/** The k-th test may err with 6/(π²k²) of the permitted errors, which add up to all of them however many tests there will be. */
const spent = (test: number) => Math.log((Math.PI ** 2 * test ** 2) / 6);

export function beginSampled(spec: SampledSpec): SampledMetric {
  return { spec, baseline: [], canary: [], seen: { baseline: 0, canary: 0 }, tests: 0, nextAt: fewest };
}

/** Adds values; a test is due at 4 values of each side, then whenever there are half as many again. */
export function sampledMore(metric: SampledMetric, samples: MetricSamples, levels: Levels): SampledMetric {
  if (samples.missing !== undefined) return { ...metric, missing: samples.missing };
  const { missing: _, ...known } = metric;
  const baseline = (samples.baseline ?? []).filter(Number.isFinite);
  const canary = samples.canary.filter(Number.isFinite);
  const seen = { baseline: metric.seen.baseline + baseline.length, canary: metric.seen.canary + canary.length };
  const next: SampledMetric = {
    ...known,
    seen,
    baseline: [...metric.baseline, ...baseline].slice(-most),
    canary: [...metric.canary, ...canary].slice(-most),
  };
  const fewer = Math.min(seen.baseline, seen.canary);
  if (metric.unknown || fewer < metric.nextAt) return next;
  return tested({ ...next, tests: metric.tests + 1, nextAt: Math.ceil(fewer * 1.5) }, levels);
}

function tested(metric: SampledMetric, levels: Levels): SampledMetric {
  const { canary, baseline } = badIsHigher(metric);
  const margin = marginOf(metric);
  const moved = canary.map((value) => value - margin);
  if (-Math.log(chanceOfHigher(moved, baseline)) - spent(metric.tests) >= levels.fail) return { ...metric, decided: 'fail' };
  if (metric.decided === undefined && -Math.log(chanceOfHigher(baseline, moved)) - spent(metric.tests) >= levels.pass)
    return { ...metric, decided: 'pass' };
  return metric;
}

export function describeSampled(name: string, metric: SampledMetric, levels: Levels): MetricVerdict {
  const described = describe(name, metric, levels);
  return metric.spec.dryRun ? { ...described, dryRun: true } : described;
}

function describe(name: string, metric: SampledMetric, levels: Levels): MetricVerdict {
  const { baseline, canary, seen, tests, nextAt, spec, decided } = metric;
  const missing = metric.unknown ? 'it was not named when the analysis began' : metric.missing;
  const facts = { baseline_values: baseline.length, canary_values: canary.length, tests, next_test_at: nextAt };
  const verdict: VerdictWord = decided === 'fail' || missing === undefined ? (decided ?? 'inconclusive') : 'inconclusive';
  if (missing !== undefined) return { metric: name, verdict, message: `${name}: not measured (${missing})`, facts };
  const fewer = canary.length <= baseline.length ? { count: canary.length, side: 'new' } : { count: baseline.length, side: 'old' };
  if (fewer.count < fewest) {
    const message = `${name}: ${valuesOf(fewer.count)} of the ${fewer.side} release, at least ${fewest} of each are needed`;
    return { metric: name, verdict, message, facts };
  }
  const shift = shiftOf(canary, baseline, 1 - Math.exp(-levels.pass));
  const { estimate, low, high, confidence, ratio } = shift;
  const numbers = { ...facts, shift: estimate, shift_low: low, shift_high: high, shift_confidence: confidence };
  return {
    metric: name,
    verdict,
    message:
      `${name}: the new release's ${canary.length} values are ${shift.word === 'same' ? 'about the same' : shift.word} (shift ${number(estimate)}, ` +
      `${number(low)} to ${number(high)} at ${formatShare(confidence)}); ${allowedBy(spec)} is allowed` +
      (verdict === 'inconclusive'
        ? `; the next test waits for ${nextAt} values of each, ${Math.min(seen.baseline, seen.canary)} are there`
        : ''),
    facts: Number.isFinite(ratio) ? { ...numbers, ratio } : numbers,
  };
}

function allowedBy({ margin, worseBy, worse }: SampledSpec): string {
  return `${margin ?? formatShare(worseBy)} ${worse}`;
}

/** The allowed shift, in the metric's own unit. */
function marginOf({ baseline, spec }: SampledMetric): number {
  return spec.margin ?? spec.worseBy * Math.abs(median(baseline));
}

function badIsHigher({ canary, baseline, spec }: SampledMetric): Pick<SampledMetric, 'canary' | 'baseline'> {
  const turn = (values: readonly number[]) => (spec.worse === 'higher' ? values : values.map((value) => -value));
  return { canary: turn(canary), baseline: turn(baseline) };
}

const valuesOf = (count: number) => (count === 0 ? 'no values' : `${count} ${count === 1 ? 'value' : 'values'}`);
const number = (value: number) => String(Number(value.toPrecision(3)));
