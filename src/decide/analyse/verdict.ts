// The verdict of all metrics together, in words that carry the numbers.
import { formatDuration, formatShare } from '../../base/units.ts';
import type { MetricVerdict, Verdict, VerdictWord } from '../../model/measurement.ts';
import type { AnalysisSpec } from '../../model/service.ts';
import { describeCounted } from './counted.ts';
import { describeSampled } from './sampled.ts';
import type { AnalysisState } from './state.ts';

/** ln of the wealth that makes one metric a `fail`: the permitted false alarms, divided over the metrics (union bound). */
export function failLevel({ counted, sampled }: Pick<AnalysisState, 'counted' | 'sampled'>, { confidence }: AnalysisSpec): number {
  const metrics = Object.keys(counted).length + Object.values(sampled).filter((one) => !one.spec.dryRun).length;
  return Math.log(Math.max(1, metrics) / (1 - confidence));
}

/** Undivided: a false pass of the whole takes a false pass of the metric that is worse (an intersection-union test). */
export function passLevel({ confidence }: AnalysisSpec): number {
  return -Math.log(1 - confidence);
}

export function verdictOf(state: AnalysisState, spec: AnalysisSpec, now: number): Verdict {
  const levels = { fail: failLevel(state, spec), pass: passLevel(spec) };
  const metrics = [
    ...Object.entries(state.counted).map(([name, metric]) => describeCounted(name, metric, state, spec, levels)),
    ...Object.entries(state.sampled).map(([name, metric]) => describeSampled(name, metric, levels)),
  ];
  const deciding = metrics.filter((one) => !one.dryRun);
  const verdict = together(deciding);
  const over = now - state.startedAt >= spec.atMost;
  return { verdict, metrics, message: messageOf(deciding, verdict, spec, over), at: now, final: verdict === 'fail' || over };
}

function together(metrics: readonly MetricVerdict[]): VerdictWord {
  if (metrics.some((one) => one.verdict === 'fail')) return 'fail';
  return metrics.length > 0 && metrics.every((one) => one.verdict === 'pass') ? 'pass' : 'inconclusive';
}

function messageOf(metrics: readonly MetricVerdict[], verdict: VerdictWord, spec: AnalysisSpec, over: boolean): string {
  if (metrics.length === 0) return 'There is nothing to compare: the analysis names no metric.';
  const said = metrics.filter((one) => one.verdict === verdict).map((one) => one.message);
  const sure = `${formatShare(spec.confidence)} confidence`;
  if (verdict === 'fail') return `The new release is worse than allowed (${sure}): ${said.join('; ')}`;
  if (verdict === 'pass') return `The new release is not worse than allowed (${sure}): ${said.join('; ')}`;
  return `${over ? `No verdict after ${formatDuration(spec.atMost)}` : 'No verdict yet'} (${sure} is asked for): ${said.join('; ')}`;
}
