// A plan between being made and being applied: what is asked of whoever wants to apply it, and how it is shown to callers.
import { ending } from '../access/policy/schema.ts';
import { CodeError } from '../base/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Principal } from '../model/principal.ts';
import { aboutApplying } from './about.ts';
import type { OperationContext } from './operation.ts';
import { requireAllowed } from './refused.ts';
import type { planView } from './schemas.ts';
import type { Services } from './services.ts';
import { viewPlan } from './views.ts';

type Caller = Pick<OperationContext, 'principal' | 'services'>;
type Shown = ReturnType<typeof planView.parse>;

/** Somebody who may apply whatever policies do not forbid. */
const anybody: Principal = { id: 'token:anybody', kind: 'token', effects: [], grants: [{ role: 'admin' }] };
const applying = { name: 'change.apply', effect: 'write' } as const;

/** A plan with what applying it takes of its caller: which policies decide, how many approvals are wanted, and who gave theirs. */
export async function showPlan(plan: Plan, { principal, services }: Caller): Promise<Shown> {
  const { authority, approvals } = services;
  const { place, facts } = await aboutApplying(plan, services);
  const verdict = await authority.permit(principal, applying, place, facts);
  const wanted = async (caller: Principal): Promise<number | undefined> => {
    const bare = await authority.permit(caller, applying, place, { ...facts, approvals: 0 });
    return bare.allowed ? 0 : bare.approvals;
  };
  // Whoever may only approve is to see what is wanted of those who may apply.
  const needed = (await wanted(principal)) ?? (await wanted(anybody)) ?? 0;
  return {
    ...viewPlan(plan),
    policy: [...verdict.policies],
    ...(!verdict.allowed && { refused: verdict.reason }),
    approval: needed > 0 ? 'required' : plan.approval,
    approvals_needed: needed,
    approved_by: (await approvals.standing(plan)).approvals.map((one) =>
      one.kind === 'glass' ? `${one.principal} (broke the glass)` : one.person,
    ),
  };
}

/** A plan, which has to be what somebody has looked at where its digest is named. Errors: `plan_unknown`, `plan_drifted`. */
export async function planLookedAt(id: string, digest: string | undefined, doing: string, { engine }: Services): Promise<Plan> {
  const plan = await engine.planner.find(id);
  if (digest === undefined || digest === plan.digest) return plan;
  throw new CodeError('plan_drifted', `Plan ${id} has digest ${plan.digest}, not ${digest}.`, {
    hint: `Look at the plan again before ${doing} it.`,
  });
}

/** All that must hold when a plan is applied, with the approvals of this very moment. Errors: `denied`, `approval_required`, those of a stale plan. */
export async function applyPlan(plan: Plan, { principal, services }: Caller) {
  const { engine, authority, approvals } = services;
  await refuseLoss(plan, { principal, services });
  const { usedAs } = await approvals.standing(plan);
  const { place, facts } = await aboutApplying(plan, services);
  requireAllowed(await authority.permit(principal, applying, place, facts));
  if (plan.kind === 'rollback') {
    await engine.deployments.check(plan);
    await authority.spendRollback(principal);
  }
  return engine.deployments.apply(plan.id, principal.id, usedAs);
}

/** Whoever may write may not therefore end what serves. Errors: `denied`. */
async function refuseLoss(plan: Plan, { principal, services }: Caller): Promise<void> {
  const { id, kind, changes } = plan;
  const ended = changes.filter(
    (one) => one.from && (kind === 'remove' || one.kind === 'stop' || (one.from.replicas > 0 && one.to?.replicas === 0)),
  );
  if (kind !== 'remove' && ended.length === 0) return;
  const { place, facts } = await aboutApplying(plan, services);
  if ((await services.authority.permit(principal, ending, place, facts)).allowed) return;
  const what = ended.length === 0 ? 'removes the application' : `ends ${ended.map(({ service }) => service).join(', ')}`;
  throw new CodeError('denied', `${principal.id} may not apply plan ${id}: it ${what}, which needs "destroy".`, {
    hint: 'Ask somebody who may, or use a token with that effect.',
  });
}
