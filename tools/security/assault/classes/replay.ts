// What was allowed once, once more: plans that were applied, approvals of another plan, of another time, of a token that is gone, and keys of others.

import type { PlanSeen } from '../approving.ts';
import { Approving } from '../approving.ts';
import type { Arena, Token } from '../arena.ts';
import type { AttackClass, Try } from '../attack.ts';
import { paired } from '../attack.ts';

export const replay: AttackClass = {
  name: 'replay',
  pairs: async (arena) => {
    const ground = await Approving.open(arena);
    return paired(
      [...(await ofPlans(arena, ground)), ...ofApprovals(arena, ground), ...ofApprovers(arena, ground), ...ofKeys(arena, ground)],
      twins(arena, ground),
    );
  },
};

type Attacks = readonly (readonly [string, Try])[];

function refusedWith(
  codes: readonly string[],
  ask: () => Promise<{ readonly status: number; readonly code: string; readonly body: string }>,
): Try {
  return async () => {
    const { status, code, body } = await ask();
    return status >= 400 && status < 500 && codes.includes(code) ? undefined : `answered ${status}: ${body.slice(0, 300)}`;
  };
}

async function ofPlans(arena: Arena, ground: Approving): Promise<Attacks> {
  const { operator } = ground;
  const used = await ground.applied();
  const apply =
    (input: object, token = operator) =>
    () =>
      arena.ask('change.apply', input, token);
  return [
    ['a plan that was applied', refusedWith(['plan_used', 'approval_required'], apply({ plan_id: used.plan_id }))],
    [
      'a plan that was applied, by somebody else',
      refusedWith(['plan_used', 'approval_required'], apply({ plan_id: used.plan_id }, arena.admin)),
    ],
    [
      'a plan that was applied, with a new key',
      refusedWith(['plan_used', 'approval_required'], apply({ plan_id: used.plan_id, idempotency_key: 'another' })),
    ],
    [
      'a plan by another digest',
      async () => {
        const plan = await ground.plan();
        await ground.approve(plan);
        return refusedWith(['plan_drifted'], apply({ plan_id: plan.plan_id, digest: used.digest }))();
      },
    ],
    [
      'a plan that another overtook',
      async () => {
        const stale = await ground.plan();
        await ground.approve(stale);
        await ground.applied();
        return refusedWith(['plan_drifted', 'plan_expired'], apply({ plan_id: stale.plan_id }))();
      },
    ],
    ['a plan that nobody made', refusedWith(['plan_unknown', 'denied'], apply({ plan_id: 'plan-of-nobody' }))],
  ];
}

/** Something about a fresh plan. */
function onPlan(ground: Approving, work: (plan: PlanSeen) => Try | Promise<Try>): Try {
  return async () => (await work(await ground.plan()))();
}

function ofApprovals(arena: Arena, ground: Approving): Attacks {
  const { operator, approver } = ground;
  const needs = (plan: PlanSeen): Try =>
    refusedWith(['approval_required'], () => arena.ask('change.apply', { plan_id: plan.plan_id }, operator));
  const withdrawn = async (plan: PlanSeen): Promise<Try> => {
    await ground.approve(plan);
    await arena.done('approvals.withdraw', { plan_id: plan.plan_id }, approver);
    return needs(plan);
  };
  const revoked = async (plan: PlanSeen): Promise<Try> => {
    const gone = await arena.token({ roles: [{ role: 'approver' }] });
    await ground.approve(plan, gone);
    await arena.done('tokens.revoke', { id: gone.id });
    return needs(plan);
  };
  const beside = async (plan: PlanSeen): Promise<Try> => {
    await ground.approve(plan);
    return needs(await ground.plan());
  };
  return [
    ['no approval', onPlan(ground, needs)],
    ['the approval of another plan that says the same', onPlan(ground, beside)],
    ['an approval that was withdrawn', onPlan(ground, withdrawn)],
    ['an approval by a token that was revoked since', onPlan(ground, revoked)],
  ];
}

function ofApprovers(arena: Arena, ground: Approving): Attacks {
  const approving = ({ plan_id, digest }: PlanSeen, token: Token, codes: readonly string[] = ['denied']): Try =>
    refusedWith(codes, () => arena.ask('approvals.approve', { plan_id, digest }, token));
  const twice = async (plan: PlanSeen): Promise<Try> => {
    await ground.approve(plan);
    return approving(plan, ground.approver, ['already_approved']);
  };
  const agents = async (plan: PlanSeen): Promise<Try> => {
    const limits = { replicas: 10, services: 10, environments: ['live'] };
    return approving(plan, await arena.token({ kind: 'agent', roles: [{ role: 'admin' }], limits }));
  };
  const late: Try = async () => approving(await ground.applied(), ground.second, ['plan_used', 'already_approved', 'plan_drifted'])();
  const other = `sha256:${'0'.repeat(64)}`;
  return [
    ['an approval with another digest', onPlan(ground, (plan) => approving({ ...plan, digest: other }, ground.approver, ['plan_drifted']))],
    ['an approval twice', onPlan(ground, twice)],
    ['an approval by the one who asked', onPlan(ground, (plan) => approving(plan, ground.operator))],
    ['an approval by another token of the one who asked', onPlan(ground, (plan) => approving(plan, ground.operatorToo))],
    ['an approval by an agent', onPlan(ground, agents)],
    ['an approval of a plan that was applied', late],
  ];
}

function ofKeys(arena: Arena, ground: Approving): Attacks {
  const make = (token: Token, key: string, name: string) => () =>
    arena.ask('tokens.create', { name, effects: ['read'] }, token, { headers: { 'idempotency-key': key } });
  return [
    [
      'an answer with a secret, by its key',
      async () => {
        await make(arena.admin, 'shown-once', 'shown-once')();
        return refusedWith(['write_conflict'], make(arena.admin, 'shown-once', 'shown-once'))();
      },
    ],
    [
      'an answer of somebody else, by its key',
      async () => {
        await make(arena.admin, 'not-yours', 'not-yours')();
        return refusedWith(['denied'], make(ground.operator, 'not-yours', 'not-yours'))();
      },
    ],
    [
      'a key with another body',
      async () => {
        await make(arena.admin, 'one-body', 'one-body')();
        return refusedWith(['idempotency_mismatch'], make(arena.admin, 'one-body', 'another-body'))();
      },
    ],
    ['a key of 10,000 letters', refusedWith(['input_invalid'], make(arena.admin, 'k'.repeat(10_000), 'long-key'))],
    ['an empty key', refusedWith(['input_invalid'], make(arena.admin, '', 'empty-key'))],
  ];
}

function twins(arena: Arena, ground: Approving): readonly Try[] {
  const fine = async (work: () => Promise<unknown>): Promise<string | undefined> => {
    await work();
    return undefined;
  };
  return [
    () => fine(() => ground.applied()),
    () => fine(async () => ground.approve(await ground.plan(), ground.second)),
    () =>
      fine(async () => {
        const plan = await ground.plan();
        await ground.approve(plan);
        const answers = [1, 2].map(() =>
          arena.done<{ id: string }>('change.apply', { plan_id: plan.plan_id, idempotency_key: plan.plan_id }, ground.operator),
        );
        const [first] = await Promise.allSettled(answers);
        const again = await arena.done<{ id: string }>(
          'change.apply',
          { plan_id: plan.plan_id, idempotency_key: plan.plan_id },
          ground.operator,
        );
        if (first?.status === 'fulfilled' && first.value.id !== again.id) throw new Error('the same key had another answer');
        await arena.house.outcome(again);
      }),
    () => fine(() => arena.done('approvals.list', { plan_id: arena.shop.plan })),
  ];
}
