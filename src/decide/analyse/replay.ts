// Tries thresholds on what was seen of a deployment that has ended: the same looks, in the same order, judged anew.
import type { EvidenceWindow } from '../../model/evidence.ts';
import type { Verdict } from '../../model/measurement.ts';
import type { AnalysisSpec } from '../../model/service.ts';
import { beginAnalysis, look, lookAtSamples, renewed } from './look.ts';
import type { AnalysisState } from './state.ts';

/**
 * The verdict at the end of the looks, or the fail at which they would have ended. Undefined without looks. Thresholds that are chosen after looking
 * keep no promise about false alarms: what is found here is to be tried on the next deployment.
 */
export function replay(windows: readonly EvidenceWindow[], spec: AnalysisSpec): Verdict | undefined {
  const [first] = windows;
  if (!first) return undefined;
  const known = new Set((spec.metrics ?? []).map((one) => one.metric));
  let state = beginAnalysis(spec, first.from, spec.metrics);
  let verdict: Verdict | undefined;
  for (const window of windows) {
    const begun = resumedAt(state, window, spec);
    const counted = look(begun, spec, window.baseline, window.canary, window.to);
    const samples = window.samples.filter((one) => known.has(one.metric));
    const seen = samples.length === 0 ? counted : lookAtSamples(counted.state, spec, samples, window.to);
    ({ state, verdict } = seen);
    if (verdict.final) return verdict;
  }
  return verdict;
}

/** Time in which nobody was judged does not count, and each step shows its own pass. */
function resumedAt(state: AnalysisState, { from, begins }: EvidenceWindow, spec: AnalysisSpec): AnalysisState {
  const idle = Math.max(0, from - state.lookedAt);
  const anew = begins && state.looks > 0 && !spec.background ? renewed(state) : state;
  return { ...anew, startedAt: state.startedAt + idle, lookedAt: Math.max(from, state.lookedAt) };
}
