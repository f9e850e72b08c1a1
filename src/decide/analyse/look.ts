// The sequential analysis of a canary: one look is one function call, and there may be any number of them.
import type { Duration } from '../../base/units.ts';
import type { MetricSamples, ReleaseCounts, Verdict } from '../../model/measurement.ts';
import type { SampledSpec } from '../../model/rollout/sampled.ts';
import type { AnalysisSpec } from '../../model/service.ts';
import { beginFine, beginWorse, logWealth, refine, worsen } from './evidence.ts';
import { merged } from './histogram.ts';
import { beginSampled, sampledMore } from './sampled.ts';
import type { AnalysisState, CountedMetric } from './state.ts';
import type { Tables } from './tables.ts';
import { boundsOf, errorTables, latencyTables, quantileOf, requestsForBounds } from './tables.ts';
import { failLevel, passLevel, verdictOf } from './verdict.ts';

/** How many requests the bounds of percentiles remember. */
const memory = 10_000;

/** `others` are metrics that will come as samples; a verdict `pass` needs each of them. */
export function beginAnalysis(spec: AnalysisSpec, now: number, others: readonly SampledSpec[] = []): AnalysisState {
  const metrics = [...(spec.errors ? ['errors'] : []), ...Object.keys(spec.latency ?? {}).map((percentile) => `latency.${percentile}`)];
  return {
    startedAt: now,
    lookedAt: now,
    looks: 0,
    counted: Object.fromEntries(metrics.map((metric) => [metric, { worse: beginWorse, fine: beginFine }])),
    sampled: Object.fromEntries(others.map((other) => [other.metric, beginSampled(other)])),
    latency: { baseline: [], canary: [] },
  };
}

/**
 * Adds what both releases answered since the last look, both at the same time, and says what follows from all looks so far.
 *
 * Take a look before the weights change: shares of traffic must not change within a look (Simpson's paradox); from look to look they may, as may
 * the rates. While the new release is not worse than allowed at any look, the probability that *any* look says `fail` is at most 1 − confidence
 * (divided over the metrics); while it is worse at every look, that any says `pass` is at most 1 − confidence, too (every metric must pass, so
 * nothing is divided). "Not worse": of the requests that the old release answers, at most `errors.worseBy` more fail; and no more requests take
 * longer than (1 + worseBy) × a bound near the old release's percentile than requests of the old release take longer than that bound.
 * Decision record 0009 has the sources.
 */
export function look(
  state: AnalysisState,
  spec: AnalysisSpec,
  baseline: ReleaseCounts,
  canary: ReleaseCounts,
  now: number,
): { readonly state: AnalysisState; readonly verdict: Verdict } {
  const staked = stakedBetween(state, spec, now);
  const levels = { fail: failLevel(state, spec), pass: passLevel(spec) };
  const counted = Object.entries(state.counted).map(([name, metric]): [string, CountedMetric] => {
    const seen = tablesFor(name, state, spec, baseline, canary);
    return [name, seen ? judged(seen, metric, levels, staked, spec.atMost) : metric];
  });
  const quantiles = Object.keys(spec.latency ?? {}).map(quantileOf);
  const keep = Math.max(memory, ...quantiles.map((one) => 100 * requestsForBounds(one)));
  const next: AnalysisState = {
    ...state,
    lookedAt: now,
    looks: state.looks + 1,
    counted: Object.fromEntries(counted),
    latency: {
      baseline: merged(state.latency.baseline, quantiles.length === 0 ? [] : baseline.latency, keep, quantiles),
      canary: merged(state.latency.canary, quantiles.length === 0 ? [] : canary.latency, keep, quantiles),
    },
  };
  return { state: next, verdict: verdictOf(next, spec, now) };
}

/**
 * Adds values of metrics that were named at the beginning. One that was not, or whose source failed (`missing`), keeps the whole from passing.
 * The same promise holds: tests happen at numbers of values that are fixed beforehand and share the permitted errors.
 */
export function lookAtSamples(
  state: AnalysisState,
  spec: AnalysisSpec,
  samples: readonly MetricSamples[],
  now: number,
): { readonly state: AnalysisState; readonly verdict: Verdict } {
  const sampled = { ...state.sampled };
  for (const one of samples)
    sampled[one.metric] ??= { ...beginSampled({ metric: one.metric, worse: 'higher', worseBy: 0 }), unknown: true };
  const levels = { fail: failLevel({ ...state, sampled }, spec), pass: passLevel(spec) };
  for (const one of samples) {
    const metric = sampled[one.metric];
    if (metric) sampled[one.metric] = sampledMore(metric, one, levels);
  }
  const next: AnalysisState = { ...state, sampled };
  return { state: next, verdict: verdictOf(next, spec, now) };
}

/**
 * For a step of a rollout that must show its own pass (more traffic may bring out more): evidence of being worse goes on, so that all steps together
 * keep the stated false alarms; evidence of being fine begins again. Metrics that come as samples keep what they have.
 */
export function renewed(state: AnalysisState): AnalysisState {
  const counted = Object.entries(state.counted).map(([name, { worse, decided }]): [string, CountedMetric] => [
    name,
    { worse, fine: beginFine, ...(decided === 'fail' && { decided }) },
  ]);
  return { ...state, counted: Object.fromEntries(counted) };
}

interface Judged {
  readonly tables: Tables;
  readonly allowance: number;
}

function tablesFor(
  metric: string,
  { latency }: AnalysisState,
  spec: AnalysisSpec,
  baseline: ReleaseCounts,
  canary: ReleaseCounts,
): Judged | undefined {
  if (metric === 'errors') return spec.errors && { tables: errorTables(baseline, canary), allowance: spec.errors.worseBy };
  const percentile = metric.replace('latency.', '');
  const bounds = boundsOf(latency.baseline, quantileOf(percentile));
  const allowed = spec.latency?.[percentile];
  return bounds && allowed && { tables: latencyTables(bounds, allowed.worseBy, baseline, canary), allowance: 0 };
}

/** A `fail` stays one; a `pass` stays until it fails. */
function judged(
  { tables, allowance }: Judged,
  metric: CountedMetric,
  levels: { readonly fail: number; readonly pass: number },
  staked: Duration,
  atMost: Duration,
): CountedMetric {
  const worse = worsen(metric.worse, tables.worse, allowance, staked, atMost);
  const fine = refine(metric.fine, tables.fine, allowance);
  if (metric.decided === 'fail' || logWealth(worse) >= levels.fail) return { worse, fine, decided: 'fail' };
  return metric.decided === 'pass' || logWealth(fine) >= levels.pass ? { worse, fine, decided: 'pass' } : { worse, fine };
}

/** What has passed of the analysis' time since the last look. */
function stakedBetween({ startedAt, lookedAt }: AnalysisState, { atMost }: AnalysisSpec, now: number): Duration {
  const end = startedAt + atMost;
  return Math.max(0, Math.min(now, end) - Math.min(lookedAt, end));
}
