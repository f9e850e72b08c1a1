// approvals.*: one person's yes to another one's plan. No other operation has an argument that could stand for it.
import { z } from 'zod';
import type { Digest } from '../../base/digest.ts';
import type { Approval, Plan } from '../../model/plan.ts';
import { aboutPlan } from '../about.ts';
import { planLookedAt } from '../applying.ts';
import type { OperationContext } from '../operation.ts';
import { defineCall } from '../operation.ts';

const planId = z.string().max(100);
const digest = z
  .string()
  .max(100)
  .transform((text) => text as Digest)
  .describe('Of the plan as it was looked at; refused when it says something else');

const approvalView = z.object({
  plan_id: z.string(),
  digest: z.string(),
  kind: z.enum(['approved', 'glass']),
  person: z.string(),
  principal: z.string(),
  reason: z.string().optional(),
  at: z.string(),
  expires_at: z.string(),
  used_as: z.string().optional(),
});

export const approvalOperations = [
  defineCall({
    name: 'approvals.approve',
    summary: 'Approves a plan that somebody else asked for. It counts for this plan only, once, and for half an hour at most.',
    effect: 'write',
    humansOnly: true,
    about: aboutPlan,
    input: z.strictObject({ plan_id: planId, digest, comment: z.string().max(1_000).optional() }),
    output: approvalView,
    handler: async ({ plan_id, digest, comment }, caller) => {
      const plan = await openPlan(plan_id, digest, caller);
      return viewApproval(await caller.services.approvals.approve({ plan, principal: caller.principal, reason: comment }));
    },
  }),
  defineCall({
    name: 'approvals.withdraw',
    summary: 'Takes one’s own approval of a plan back, unless it was used.',
    effect: 'write',
    humansOnly: true,
    about: aboutPlan,
    input: z.strictObject({ plan_id: planId }),
    output: z.object({ withdrawn: z.boolean().describe('False: there was none that counted') }),
    handler: async ({ plan_id }, { services, principal }) => ({
      withdrawn: await services.approvals.withdraw({ plan: await services.engine.planner.find(plan_id), principal }),
    }),
  }),
  defineCall({
    name: 'approvals.break_glass',
    summary: 'Lets a plan be applied without approval, for a quarter of an hour; everybody is told who did that and why.',
    effect: 'destroy',
    humansOnly: true,
    about: aboutPlan,
    input: z.strictObject({
      plan_id: planId,
      digest,
      reason: z.string().trim().min(10, 'expected at least 10 characters, for those who ask later').max(1_000),
    }),
    output: approvalView,
    handler: async ({ plan_id, digest, reason }, caller) => {
      const plan = await openPlan(plan_id, digest, caller);
      return viewApproval(await caller.services.approvals.breakGlass({ plan, principal: caller.principal, reason }));
    },
  }),
  defineCall({
    name: 'approvals.list',
    summary: 'Lists the approvals of a plan that count now.',
    effect: 'read',
    about: aboutPlan,
    input: z.strictObject({ plan_id: planId }),
    output: z.object({ approvals: z.array(approvalView) }),
    handler: async ({ plan_id }, { services }) => {
      const { approvals } = await services.approvals.standing(await services.engine.planner.find(plan_id));
      return { approvals: approvals.map(viewApproval) };
    },
  }),
];

/** A plan that could still be applied. Errors: `plan_drifted` for another digest, those of a stale plan. */
async function openPlan(id: string, digest: Digest, { services }: OperationContext): Promise<Plan> {
  const plan = await planLookedAt(id, digest, 'approving', services);
  await services.engine.deployments.check(plan);
  return plan;
}

function viewApproval({ plan, digest, kind, person, principal, reason, at, expiresAt, usedAs }: Approval): z.infer<typeof approvalView> {
  return {
    plan_id: plan,
    digest,
    kind,
    person,
    principal,
    reason,
    at: new Date(at).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
    used_as: usedAs,
  };
}
