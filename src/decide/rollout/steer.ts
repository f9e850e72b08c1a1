// What the gateway is told of a rollout besides shares: who meets the new release whatever its share, who stays on it, what is copied to it.

import type { Deployment, ServiceRollout, ServiceTarget, StepState } from '../../model/deployment.ts';
import type { RoutedService } from '../../model/route.ts';
import type { Course, CourseStep } from './course.ts';
import { courseOf, stepOf } from './course.ts';
import { analysisOf } from './judge.ts';

/** Visitors keep their side for so long after their last assignment; it means nothing once the rollout is over. */
const cookieAge = 24 * 60 * 60_000;
/** Copies under way at once; the rest is left out. */
const copiesAtMost = 50;

export type Steering = Pick<RoutedService, 'rules' | 'sticky' | 'mirror' | 'lot'>;

/** Nothing once it goes back, and little when instances are simply replaced. */
export function steering(rollout: ServiceRollout, deployment: Deployment | undefined): Steering {
  const judged = deployment !== undefined && rollout.stage === 'shifting' && analysisOf(rollout, deployment) !== undefined;
  return { ...courseSteering(rollout, deployment), ...(judged && { lot: true }) };
}

function courseSteering(rollout: ServiceRollout, deployment: Deployment | undefined): Steering {
  const { to, step } = rollout;
  const course = deployment?.direction === 'forward' && rollout.stage === 'shifting' ? courseOf(rollout) : undefined;
  if (!course || !to || step === undefined) return {};
  const { match = [], mirror } = inForce(rollout, course, step);
  const { release } = to;
  return {
    ...(match.length > 0 && { rules: match.map((one) => ({ match: one, release })) }),
    ...(isSticky(to) && {
      sticky: { kind: 'cookie', name: `codectl-${rollout.service}`, release, without: 'assign', maxAge: cookieAge },
    }),
    ...(mirror !== undefined && { mirror: { release, share: mirror, atMost: copiesAtMost } }),
  };
}

/** Before the step's instances are ready its additions wait; those of the steps before stay in force. */
function inForce(rollout: ServiceRollout, course: Course, { index, reachedAt }: StepState): Partial<CourseStep> {
  return reachedAt === undefined ? { match: course.steps[index - 1]?.match ?? [] } : stepOf(course, rollout);
}

function isSticky({ spec: { strategy } }: ServiceTarget): boolean {
  return strategy.kind === 'canary' && strategy.sticky === 'cookie';
}

export interface Preview {
  readonly host: string;
  readonly path: string;
  readonly release: string;
}

/** Where the new side of a blue-green rollout answers until the switch. */
export function previewOf({ to, stage, ...rest }: ServiceRollout, deployment: Deployment | undefined): Preview | undefined {
  const strategy = to?.spec.strategy;
  if (!to || strategy?.kind !== 'blue-green' || !strategy.preview) return undefined;
  if (deployment?.direction !== 'forward' || stage !== 'shifting' || !courseOf({ to, stage, ...rest })) return undefined;
  return { host: strategy.preview.host, path: strategy.preview.path, release: to.release };
}
