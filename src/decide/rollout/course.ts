// The course that a canary or a blue-green switch takes: the same kind of steps for both, each with its share, its size and what ends it.

import type { Duration, Share } from '../../base/units.ts';
import type { ServiceRollout, ServiceTarget } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { CanaryStrategy, StepMatch } from '../../model/rollout/strategy.ts';

export interface CourseStep {
  /** Share of the traffic that the new release has in this step. */
  readonly weight: Share;
  /** Instances of the new release that are ready before it gets that share. */
  readonly size: number;
  /** How long the step lasts at least; `people`: until somebody says `promote`. */
  readonly pause: Duration | 'people';
  readonly match: readonly StepMatch[];
  readonly mirror?: Share;
  /** What the new release is compared with, where that is a part of the old one by itself. */
  readonly baseline?: { readonly weight: Share; readonly size: number };
  /** The next step needs a verdict on this one. */
  readonly judged: boolean;
  /** After so long without a fail it goes on without a pass. */
  readonly patience?: Duration | undefined;
}

export interface Course {
  /** The last one has all the traffic. */
  readonly steps: readonly CourseStep[];
  /** The old release shrinks with its share. */
  readonly dynamic: boolean;
  /** How long the old release stays after the last step, besides the bake window. */
  readonly warm: Duration;
}

/**
 * Undefined where instances are simply replaced: rolling, a first deployment, a restart or another size of the same release, a removal, a direct
 * return. Sizes follow the target's replicas at this moment: a scaler may change them between two steps.
 */
export function courseOf({ to, from, direct }: ServiceRollout): Course | undefined {
  if (!to || !from || direct || to.release === from.release || to.replicas === 0 || from.replicas === 0) return undefined;
  const { strategy } = to.spec;
  switch (strategy.kind) {
    case 'rolling':
      return undefined;
    case 'canary':
      return { steps: canarySteps(strategy, to), dynamic: strategy.dynamic === true, warm: 0 };
    case 'blue-green':
      return { steps: blueGreenSteps(to), dynamic: false, warm: strategy.warm };
  }
}

/** The step in which a rollout is. */
export function stepOf(course: Course, rollout: ServiceRollout): CourseStep {
  const at = course.steps[rollout.step?.index ?? 0] ?? course.steps.at(-1);
  if (!at) throw new Error('a course without steps');
  return at;
}

function canarySteps({ steps, analysis }: CanaryStrategy, to: ServiceTarget): readonly CourseStep[] {
  const match: StepMatch[] = [];
  return steps.map(({ weight, pause, match: more, mirror }, index) => {
    if (more) match.push(more);
    const lastBeforeAll = (steps[index + 1]?.weight ?? 1) === 1;
    // Without a share nobody is counted, and with all of it there is nobody left to compare with.
    const compared = weight > 0 && weight < 1;
    return {
      weight,
      size: sizeFor(weight, to.replicas),
      pause: pause ?? 0,
      match: [...match],
      ...baselineBeside(weight, to),
      ...(mirror !== undefined && { mirror }),
      ...(!lastBeforeAll && { patience: analysis?.stepAtMost }),
      judged: analysis !== undefined && compared && (lastBeforeAll || !analysis.background),
    };
  });
}

function blueGreenSteps({ replicas, spec: { strategy } }: ServiceTarget): readonly CourseStep[] {
  if (strategy.kind !== 'blue-green') return [];
  const looked = Math.min(replicas, strategy.preview?.replicas ?? replicas);
  const still = { weight: 0, match: [], judged: false } as const;
  const beside: CourseStep = { ...still, size: looked, pause: strategy.promote === 'manual' ? 'people' : 0 };
  const whole: CourseStep = { ...still, size: replicas, pause: 0 };
  const switched: CourseStep = { weight: 1, size: replicas, pause: 0, match: [], judged: false };
  return looked < replicas ? [beside, whole, switched] : [beside, switched];
}

function hasBaseline({ spec: { strategy } }: ServiceTarget): boolean {
  return strategy.kind === 'canary' && strategy.analysis?.baseline === 'equal';
}

/** As much as the new release has; above half of the traffic what is left. */
function baselineBeside(weight: Share, to: ServiceTarget): Pick<CourseStep, 'baseline'> {
  const share = Math.min(weight, 1 - weight);
  return share > 0 && hasBaseline(to) ? { baseline: { weight: share, size: sizeFor(share, to.replicas) } } : {};
}

/** The set of the old release that the new one is compared with: another generation, so that its instances begin when those of the new one do. */
export function baselineOf(rollout: ServiceRollout): string | undefined {
  const { to, from } = rollout;
  if (!to || !from || !hasBaseline(to) || !courseOf(rollout)) return undefined;
  return revisionOf({ release: from.release, generation: from.generation + 1 });
}

/** The new side of a course that goes back, and for how long it stays without traffic; undefined where it goes at once. */
export function keptOf(rollout: ServiceRollout): { readonly revision: string; readonly delay: Duration | 'keep' } | undefined {
  const { to } = rollout;
  const strategy = to?.spec.strategy;
  if (!to || !strategy || strategy.kind === 'rolling' || !courseOf(rollout)) return undefined;
  const delay = strategy.abortScaleDown ?? 0;
  return delay === 0 ? undefined : { revision: revisionOf(to), delay };
}

/** Instances that carry a share of the traffic; at least one, for it must be there to be looked at. */
export function sizeFor(share: Share, replicas: number): number {
  // 0.07 × 100 is 7.000000000000001 in floating point.
  return Math.min(replicas, Math.max(1, Math.ceil(share * replicas - 1e-9)));
}
