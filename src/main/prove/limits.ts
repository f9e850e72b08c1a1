// What trials that look for limits have in common: profile, limits, and what a generator is told.
import { CodeError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest.ts';
import type { StressProfile } from '../../decide/prove/stress/plan.ts';
import { profiles } from '../../decide/prove/stress/plan.ts';
import type { StopLimits } from '../../decide/prove/stress/stop.ts';
import { stopLimits, withLimit } from '../../decide/prove/stress/stop.ts';
import type { LoadPlan } from '../../model/proving/scenario.ts';
import type { TargetView } from '../../surfaces/cli/prove/answers.ts';
import type { StressWish } from '../../surfaces/cli/prove/proving.ts';
import { doorOf, routeOf } from './load.ts';

/** Errors: `usage`. */
export function profileOf(wanted: string): StressProfile {
  const profile = profiles.find((one) => one === wanted);
  if (profile) return profile;
  throw new CodeError('usage', `There is no profile "${wanted}"${didYouMean(wanted, profiles)}.`, {
    hint: `Choose one of ${profiles.join(', ')}.`,
  });
}

/** Errors: `usage`. */
export function limitsOf(abortOn: readonly string[]): StopLimits {
  return abortOn.reduce((limits, text) => {
    const changed = withLimit(limits, text);
    if (changed) return changed;
    throw new CodeError('usage', `--abort-on: ${JSON.stringify(text)} is no limit.`, {
      hint: 'Write cpu=95%, memory=1Gi, disk=2Gi, errors=20% or in_flight=5000.',
    });
  }, stopLimits);
}

/** One connection for each request that may wait: an arrival that finds none shows that all the others wait. */
export function loadPlanOf(wish: Pick<StressWish, 'route' | 'path' | 'slo' | 'seed'>, target: TargetView): LoadPlan {
  const { host, path } = routeOf(wish, target);
  const { slo, seed } = wish;
  return {
    target: doorOf(target, host),
    requests: [{ name: `GET ${path}`, method: 'GET', path, route: host }],
    seed,
    keepAlive: true,
    timeout: Math.max(2_000, 10 * slo.p99),
    connections: 2_048,
    workers: 1,
    slo: slo.p99,
  };
}
