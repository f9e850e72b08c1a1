// `approve`: a person looks at another one's plan and says yes; or answers for doing without.
import { confirmed } from '../ask.ts';
import type { Given } from '../command.ts';
import { exit, exitOfOutcome } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { planText } from './plan-view.ts';

export async function approve(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [plan_id = ''] = given.arguments;
  const api = await session.api();
  if (given.flag('withdraw')) {
    const answer = await api.call('approvals.withdraw', { plan_id });
    out.document(answer);
    out.text(answer.withdrawn ? `You no longer approve ${plan_id}.` : `There was no approval of yours for ${plan_id} that counted.`);
    return exit.ok;
  }
  const plan = await api.call('change.show', { plan_id });
  out.note(planText(plan, out.paint, out.width));
  const question = `Approve this, which ${plan.created_by} asked for?`;
  if (!(await confirmed(session, question, given.flag('yes'), true))) {
    out.text('Nothing was approved.');
    return exitOfOutcome('cancelled');
  }
  const approval = await api.call('approvals.approve', { plan_id, digest: plan.digest, comment: given.text('comment') });
  out.document(approval);
  out.text(`${plan_id} is approved by ${approval.person} until ${approval.expires_at}. Apply it with: codectl apply ${plan_id}`);
  return exit.ok;
}

/** Before a plan is applied: whoever does that is named in the audit and in the events. */
export async function breakGlass(
  session: Session,
  plan: { readonly plan_id: string; readonly digest: string },
  reason: string,
): Promise<void> {
  const { plan_id, digest } = plan;
  const { principal } = await (await session.api()).call('approvals.break_glass', { plan_id, digest, reason });
  session.out.note(
    `${principal} broke the glass for ${plan_id}: it is applied without the approval that it needs. This is recorded and told.`,
  );
}
