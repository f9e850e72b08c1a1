// What can be seen of a plan beforehand that will not go as somebody may think: told with the plan.
import { formatDuration } from '../base/units.ts';
import type { ServiceChange } from '../model/plan.ts';
import type { CanaryStrategy } from '../model/rollout/strategy.ts';
import type { ApplicationSpec, ServiceSpec } from '../model/service.ts';

/** Of verdicts that cannot come: for want of time, or of requests. */
export function verdictWarnings({ services }: ApplicationSpec): readonly string[] {
  return services.flatMap((one) => [...timeWarning(one), ...idleWarning(one, services)]);
}

/** The last step needs its pass, and may find the time used up by those before it. */
function timeWarning({ name, strategy }: ServiceSpec): readonly string[] {
  const { analysis } = strategy.kind === 'canary' ? strategy : {};
  if (strategy.kind !== 'canary' || !analysis || analysis.background || analysis.stepAtMost === undefined) return [];
  const early = earlySteps(strategy);
  if (early === 0 || early * analysis.stepAtMost < analysis.atMost) return [];
  const [each, all] = [analysis.stepAtMost, analysis.atMost].map(formatDuration);
  const steps = early === 1 ? `the step before the last may take ${each}` : `${early} steps before the last may take ${each} each`;
  return [
    `services.${name}.strategy.analysis: ${steps} (step_at_most), which is all of at_most (${all}): with little traffic nothing is left for the last step, and the deployment ends as inconclusive`,
  ];
}

/** Those that are judged and may go on without a pass; where people decide nobody waits for a verdict. */
function earlySteps({ steps }: CanaryStrategy): number {
  const judged = steps.filter(({ weight }, index) => weight > 0 && weight < 1 && (steps[index + 1]?.weight ?? 1) < 1);
  return judged.filter(({ pause }) => pause !== 'people').length;
}

/** Shares of nothing show nothing. */
function idleWarning({ name, strategy, routes }: ServiceSpec, services: readonly ServiceSpec[]): readonly string[] {
  const analysis = strategy.kind === 'blue-green' ? undefined : strategy.analysis;
  if (strategy.kind !== 'canary' && !analysis) return [];
  if (routes.length > 0 || services.some(({ needs }) => needs.includes(name))) return [];
  const end = analysis ? 'no verdict can come, and the deployment ends as inconclusive' : 'its steps try the new release on nobody';
  return [`services.${name}.strategy: it has no routes and no service needs it; unless somebody calls it by its internal name, ${end}`];
}

/** A snapshot is of a whole directory, so one changed file is a new release of each service that is started from it. */
export function sharedDirectoryWarnings(changes: readonly ServiceChange[]): readonly string[] {
  const replaced = changes.filter(({ kind, from, to }) => kind === 'replace' && from && to?.spec.source.kind === 'run');
  const byDirectory = Map.groupBy(replaced, ({ to }) => (to?.spec.source.kind === 'run' ? to.spec.source.directory : ''));
  return [...byDirectory].flatMap(([directory, sharers]) => {
    if (sharers.length < 2) return [];
    return [
      `${sharers.map(({ service }) => service).join(', ')} are shipped from one directory (${directory}), so a change for one of them is a new release of all`,
    ];
  });
}
