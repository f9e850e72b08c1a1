// What a counted metric (errors, a latency percentile) says of itself: verdict, sentence and numbers.
import { formatShare } from '../../base/units.ts';
import type { MetricVerdict } from '../../model/measurement.ts';
import type { AnalysisSpec } from '../../model/service.ts';
import { logWealth, requestsToPass } from './evidence.ts';
import { quantileEdges, shareAbove, totalOf } from './histogram.ts';
import type { AnalysisState, CountedMetric, Evidence, Tally } from './state.ts';
import { boundsOf, quantileOf, requestsForBounds } from './tables.ts';

/** ln of the wealth that decides. */
export interface Levels {
  readonly fail: number;
  readonly pass: number;
}

export function describeCounted(
  name: string,
  metric: CountedMetric,
  state: AnalysisState,
  spec: AnalysisSpec,
  levels: Levels,
): MetricVerdict {
  const described = name === 'errors' ? describeErrors(metric, spec, levels) : describeLatency(name, metric, state, spec, levels);
  const { worse, fine } = metric;
  return {
    metric: name,
    verdict: metric.decided ?? 'inconclusive',
    message: `${name}: ${described.message}${metric.decided === undefined ? `, ${whatIsMissing(metric, described, state.looks)}` : ''}`,
    facts: {
      baseline_requests: worse.baseline.of,
      baseline_hits: worse.baseline.hit,
      canary_requests: worse.canary.of,
      canary_hits: worse.canary.hit,
      fail_evidence: wealth(logWealth(worse)),
      fail_at: wealth(levels.fail),
      pass_evidence: wealth(logWealth(fine)),
      pass_at: wealth(levels.pass),
      ...(Number.isFinite(described.needed) && metric.decided === undefined && { needed_requests: described.needed }),
      ...described.facts,
    },
  };
}

interface Description {
  readonly message: string;
  /** Requests to the canary. */
  readonly needed: number;
  /** Where no number of requests would do: what would. */
  readonly instead: string;
  readonly facts: Readonly<Record<string, number>>;
}

function describeErrors({ worse, fine }: CountedMetric, spec: AnalysisSpec, levels: Levels): Description {
  const worseBy = spec.errors?.worseBy ?? 0;
  const { baseline, canary } = worse;
  const expected = shareOf(baseline);
  const permitted = expected + worseBy * (1 - expected);
  return {
    message:
      `${canary.hit} of ${canary.of} requests to the new release failed${inPercent(canary)}, ` +
      `${baseline.hit} of ${baseline.of} to the old one at the same time${inPercent(baseline)}; ${formatShare(worseBy)} more may`,
    needed: requestsToPass(fine, levels.pass, { expected, permitted, perCanary: perCanary(fine) }),
    instead: 'no number of requests can show that it is not worse: allow more than 0%',
    facts: {},
  };
}

function describeLatency(
  name: string,
  { worse, fine }: CountedMetric,
  state: AnalysisState,
  spec: AnalysisSpec,
  levels: Levels,
): Description {
  const percentile = name.replace('latency.', '');
  const quantile = quantileOf(percentile);
  const worseBy = spec.latency?.[percentile]?.worseBy ?? 0;
  const [old, fresh] = [state.latency.baseline, state.latency.canary].map((one) => quantileEdges(one, quantile)?.high);
  const bounds = boundsOf(state.latency.baseline, quantile);
  if (!bounds) {
    const known = Math.floor(totalOf(state.latency.baseline));
    const message = `${known} requests to the old release are known, its ${percentile} needs ${requestsForBounds(quantile)}`;
    return { message, needed: Number.NaN, instead: '', facts: {} };
  }
  const permitted = Math.max(1 - quantile, shareOf(fine.baseline));
  const expected = shareAbove(state.latency.baseline, bounds.low * (1 + worseBy));
  return {
    message:
      `${percentile} ${fresh === undefined ? 'unknown' : milliseconds(fresh)}, the old release's ${milliseconds(old ?? bounds.high)}; ` +
      `${worse.canary.hit} of ${worse.canary.of} requests to the new one${inPercent(worse.canary)} took over ${formatShare(worseBy)} longer than ` +
      `that, ${worse.baseline.hit} of ${worse.baseline.of} to the old one${inPercent(worse.baseline)} took longer`,
    needed: requestsToPass(fine, levels.pass, { expected, permitted, perCanary: perCanary(fine) }),
    instead: `as slow as the old release is by what is known so far, no number of requests would show that the new one is not worse: wait for more of them, or allow more than ${formatShare(worseBy)}`,
    facts: { ...(old !== undefined && { baseline_ms: old }), ...(fresh !== undefined && { canary_ms: fresh }) },
  };
}

function whatIsMissing({ worse }: CountedMetric, { needed, instead }: Description, looks: number): string {
  if (looks > 0 && worse.baseline.of === 0 && worse.canary.of > 0)
    return 'and without requests to the old release at the same time there is nothing to compare with';
  if (needed === Number.POSITIVE_INFINITY) return `and ${instead}`;
  const idle = looks > 0 && worse.baseline.of === 0 && worse.canary.of === 0 ? 'and none comes to either release: ' : 'and ';
  return Number.isNaN(needed)
    ? 'so it is too early to compare'
    : `${idle}about ${needed} more requests to the new release are needed to show that it is not worse`;
}

const shareOf = ({ of, hit }: Tally) => (of === 0 ? 0 : hit / of);
const inPercent = (tally: Tally) => (tally.of === 0 ? '' : ` (${formatShare(shareOf(tally))})`);
const perCanary = ({ baseline, canary }: Evidence) => (baseline.of > 0 && canary.of > 0 ? baseline.of / canary.of : 1);
/** JSON knows no infinity. */
const wealth = (log: number) => Number(Math.exp(Math.min(700, log)).toPrecision(4));
const milliseconds = (value: number) => `${Number(value.toPrecision(3))} ms`;
