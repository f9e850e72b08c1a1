// What becomes of a security trial: failed by what is severe enough, and never passed by what was not looked at.
import type { ProbeResult, SecurityExhibit, Severity } from '../../../model/proving/probe.ts';
import { severities } from '../../../model/proving/probe.ts';
import type { TrialVerdict } from '../../../model/proving/trial.ts';

export function isAtLeast(severity: Severity | 'not_stated', least: Severity): boolean {
  // Whoever states no severity is not thereby harmless; neither is it known to be as bad as this.
  return severity !== 'not_stated' && severities.indexOf(severity) >= severities.indexOf(least);
}

export function verdictOf({ interrupted, results, supply, shipped, watch }: SecurityExhibit, failOn: Severity): TrialVerdict {
  const others = [...(supply?.findings ?? []), ...(shipped?.findings ?? []), ...(watch?.findings ?? [])];
  const found = [...results.filter(({ word }) => word === 'failed'), ...others];
  if (found.some(({ severity }) => isAtLeast(severity, failOn))) return 'failed';
  if (interrupted) return 'interrupted';
  return results.some(({ word }) => word === 'passed' || word === 'failed') ? 'passed' : 'inconclusive';
}

const order = ['failed', 'not_measured', 'told', 'passed'] as const;

/** Worst first: what failed, then what nobody knows. */
export function byWeight(results: readonly ProbeResult[]): readonly ProbeResult[] {
  return results.toSorted(
    (a, b) => order.indexOf(a.word) - order.indexOf(b.word) || severities.indexOf(b.severity) - severities.indexOf(a.severity),
  );
}
