// What a course demands of each step, told again from the manifest's words and not from the engine's.
import type { ServiceRollout } from '../../../src/model/deployment.ts';
import type { AnalysisSpec, CanaryStep, CanaryStrategy } from '../../../src/model/rollout/strategy.ts';

/** A service of which a course is demanded: two releases side by side. */
export function isCourse({ to, from, direct }: ServiceRollout): boolean {
  return !!to && !!from && !direct && to.release !== from.release && to.replicas > 0 && from.replicas > 0;
}

export function analysisOf(rollout: ServiceRollout): AnalysisSpec | undefined {
  const strategy = rollout.to?.spec.strategy;
  return isCourse(rollout) && strategy && strategy.kind !== 'blue-green' ? strategy.analysis : undefined;
}

/** Some of the new side, all of it, and the switch. */
const blueGreenSteps = 3;

/** The step at which it stands; beyond all of them once it has all of the traffic. */
export function placeOf({ stage, step, to }: ServiceRollout): number {
  if (stage === 'waiting') return 0;
  if (stage === 'shifting') return step?.index ?? 0;
  const strategy = to?.spec.strategy;
  if (strategy?.kind === 'canary') return strategy.steps.length;
  return strategy?.kind === 'blue-green' ? blueGreenSteps : 1;
}

export interface Leaving {
  readonly before: ServiceRollout;
  readonly now: ServiceRollout;
  readonly step: number;
  /** When it was first reached. */
  readonly reachedAt: number;
  /** To the new release, since the deployment began. */
  readonly requests: number;
  /** Somebody has said `promote`. */
  readonly people: boolean;
  readonly time: number;
}

export function mayLeave(leaving: Leaving): boolean {
  const { before, now, step, reachedAt, people } = leaving;
  if (people && before.step?.promotedBy !== undefined) return true;
  const strategy = now.to?.spec.strategy;
  if (strategy?.kind === 'canary') return mayLeaveCanary(leaving, strategy);
  if (strategy?.kind === 'blue-green') return strategy.promote === 'auto' || step > 0;
  return !strategy?.analysis || isProven(now, reachedAt);
}

function mayLeaveCanary(leaving: Leaving, { steps, analysis }: CanaryStrategy): boolean {
  const { step, reachedAt, time } = leaving;
  const { pause = 0 } = steps[step] ?? {};
  if (pause === 'people' || time < reachedAt + pause) return false;
  return !analysis || !isDemanded(steps, step, analysis) || passes(leaving, steps, analysis);
}

/** Where both sides have traffic; in the background only before the new one gets all of it. */
function isDemanded(steps: readonly CanaryStep[], step: number, { background }: AnalysisSpec): boolean {
  const weight = steps[step]?.weight ?? 1;
  return weight > 0 && weight < 1 && (background !== true || isLastBeforeAll(steps, step));
}

function isLastBeforeAll(steps: readonly CanaryStep[], step: number): boolean {
  return (steps[step + 1]?.weight ?? 1) === 1;
}

function passes({ now, step, reachedAt, requests, time }: Leaving, steps: readonly CanaryStep[], { stepAtMost }: AnalysisSpec): boolean {
  if (isProven(now, reachedAt)) return true;
  if (stepAtMost === undefined || isLastBeforeAll(steps, step)) return false;
  return time >= reachedAt + stepAtMost && requests >= leastUnproven && now.analysis?.verdict?.verdict !== 'fail';
}

/** What the manifest's reference promises of steps that go on without a pass. */
const leastUnproven = 30;

function isProven({ analysis }: ServiceRollout, since: number): boolean {
  return analysis?.verdict?.verdict === 'pass' && analysis.verdict.at > since;
}

/** Of the traffic, for the new release. */
export function shareAllowed(rollout: ServiceRollout): number {
  const { to, stage } = rollout;
  const strategy = to?.spec.strategy;
  if (!strategy || strategy.kind === 'rolling' || stage === 'baking' || stage === 'settled') return 1;
  const reached = reachedBy(rollout);
  if (strategy.kind === 'blue-green') return reached > 0 ? 1 : 0;
  return strategy.steps[reached]?.weight ?? 0;
}

/** The last step whose share it may have; -1 before the first. */
function reachedBy({ step }: ServiceRollout): number {
  if (!step) return -1;
  return step.reachedAt === undefined ? step.index - 1 : step.index;
}
