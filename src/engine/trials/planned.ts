// A plan for a trial: changes nothing, but says what may be felt, so that somebody can agree to it.
import { digestOfJson } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';
import type { EnvironmentState } from '../../model/deployment.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Plan, PlannedTrial } from '../../model/plan.ts';
import { planBase } from '../keys.ts';
import { planLife } from '../planning.ts';
import type { EnginePorts } from '../ports.ts';

/** What people call the places where a trial must not surprise anybody: `prod`, `production-eu`, `eu-prod`; not `pre-prod`. */
const production = /^(?!(?:pre|non|not)-)(?:.+-)?prod(?:uction)?(?:-.+)?$/;

/** Whether somebody else must agree: the environment says so, or its name does. */
export function wantsApproval({ scope, approval }: Pick<EnvironmentState, 'scope' | 'approval'>): boolean {
  return approval === 'required' || production.test(scope.environment);
}

/** Errors: `application_unknown`. */
export async function planTrial(ports: EnginePorts, scope: Scope, trial: PlannedTrial, by: string): Promise<Plan> {
  const live = await ports.store.get('environment', scopeKey(scope));
  if (!live || Object.keys(live.value.services).length === 0)
    throw new CodeError('application_unknown', `${scope.application} is not deployed in environment ${scope.environment}.`, {
      hint: 'Run "codectl status" to see what is.',
    });
  const now = ports.clock.now();
  const base = planBase(live);
  const { runtime } = live.value;
  const approval = wantsApproval(live.value) ? 'required' : 'none';
  const plan: Plan = {
    id: `plan-${ports.random(8)}`,
    digest: digestOfJson({ scope, runtime, kind: 'trial', base, trial, approval }),
    scope,
    runtime,
    kind: 'trial',
    base,
    changes: [],
    warnings: [`A ${trial.kind} trial (${trial.profile}) of ${scopeKey(scope)}`, ...trial.touches],
    risk: trial.kind === 'security' || trial.kind === 'load' ? 'medium' : 'high',
    approval,
    trial,
    createdAt: now,
    expiresAt: now + planLife,
    createdBy: by,
  };
  await ports.store.commit([{ op: 'put', kind: 'plan', key: plan.id, value: plan, expect: 0 }], ports.fence());
  return plan;
}

/** Whether the plan is one for this trial, and announced all that it touches, if anything. Errors: `plan_drifted`. */
export function refuseOtherTrial(plan: Plan, scope: Scope, { kind, profile, touches }: PlannedTrial): void {
  const { trial } = plan;
  if (trial?.kind === kind && trial.profile === profile && scopeKey(plan.scope) === scopeKey(scope)) {
    const unsaid = trial.touches.length === 0 ? undefined : touches.find((one) => !trial.touches.includes(one));
    if (unsaid === undefined) return;
    throw new CodeError('plan_drifted', `Plan ${plan.id} does not say that this may be felt: ${unsaid}.`, {
      hint: 'Make a plan that says all of it, in the words of the trial, and have it approved.',
    });
  }
  const what = trial ? `a ${trial.kind} trial (${trial.profile}) of ${scopeKey(plan.scope)}` : `a ${plan.kind} of ${scopeKey(plan.scope)}`;
  throw new CodeError('plan_drifted', `Plan ${plan.id} is for ${what}, not for a ${kind} trial (${profile}) of ${scopeKey(scope)}.`, {
    hint: 'Make a plan for this one and have it approved.',
  });
}
