// Where a service stands on its course, in words for people: which step, which share, what it waits for.
import type { CourseStep } from '../../decide/rollout/course.ts';
import { courseOf, stepOf } from '../../decide/rollout/course.ts';
import type { Deployment, ServiceRollout } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';

export interface Standing {
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** Share of the new release, 0 to 1. */
  readonly weight: number;
  /** `people`: to promote it; `resume`: it is paused. */
  readonly waitsFor: 'instances' | 'people' | 'resume' | 'time' | 'verdict' | 'nothing';
}

/** Undefined for a service that takes no steps. */
export function standingOf(rollout: ServiceRollout, deployment: Deployment): Standing | undefined {
  const course = courseOf(rollout);
  if (!course || !rollout.to || rollout.stage === 'waiting') return undefined;
  const step = stepOf(course, rollout);
  return {
    number: Math.min((rollout.step?.index ?? 0) + 1, course.steps.length),
    of: course.steps.length,
    weight: rollout.weights?.[revisionOf(rollout.to)] ?? (rollout.stage === 'settled' && deployment.direction === 'forward' ? 1 : 0),
    waitsFor: rollout.stage === 'shifting' && deployment.direction === 'forward' ? waitsFor(rollout, step, deployment) : 'nothing',
  };
}

function waitsFor({ step }: ServiceRollout, { pause, judged }: CourseStep, { held, unwatched }: Deployment): Standing['waitsFor'] {
  if (held) return 'resume';
  if (step?.reachedAt === undefined) return 'instances';
  if (step.promotedBy !== undefined || unwatched) return 'nothing';
  if (pause === 'people') return 'people';
  return judged ? 'verdict' : 'time';
}
