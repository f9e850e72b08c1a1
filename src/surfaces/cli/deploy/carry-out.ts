// Applies a plan and stays until its deployment has ended: the exit code tells the truth about the outcome, not about the call.
import { systemClock } from '../../../base/clock.ts';
import { hasCode } from '../../../base/errors.ts';
import { randomText } from '../../../base/ids.ts';
import type { DeploymentView, PlanView } from '../api.ts';
import { confirmed } from '../ask.ts';
import type { Given } from '../command.ts';
import { exit, exitOfOutcome } from '../exit-codes.ts';
import { withPlan } from '../failure.ts';
import type { Session } from '../session.ts';
import { conclude } from './conclude.ts';
import { changesNothing, planText } from './plan-view.ts';
import { watch } from './watch.ts';

export async function carryOut(session: Session, plan: PlanView, given: Given, always?: 'even when nothing changes'): Promise<number> {
  const { out } = session;
  if (changesNothing(plan) && always === undefined) {
    out.item(plan);
    out.text(`${plan.application} in ${plan.environment}: nothing to change.`);
    return exit.ok;
  }
  out.note(planText(plan, out.paint, out.width));
  // Whoever types "rollback" twice may not know that the second one goes forward.
  const again =
    plan.returns?.rolled_back_at === undefined ? 'Apply this to' : `Go forward again to what ${plan.returns.deployment} made live, for`;
  const question = `${again} ${plan.application} in ${plan.environment}?`;
  if (!(await confirmed(session, question, given.flag('yes'), plan.kind === 'remove'))) {
    out.text(`Nothing was changed. The plan is kept for an hour: codectl apply ${plan.plan_id}`);
    return exitOfOutcome('cancelled');
  }
  const deployment = await start(session, plan);
  if (given.flag('wait', true)) return exitOfOutcome((await follow(session, deployment)).outcome);
  out.item(deployment);
  out.text(`${deployment.id} has started; see "codectl status".`);
  return exit.ok;
}

/** Follows to the end and says how it ended. Ctrl-C leaves the deployment to the daemon, and says so. */
export async function follow(session: Session, deployment: DeploymentView): Promise<DeploymentView> {
  try {
    const ended = await watch(session, deployment);
    await conclude(session, ended);
    return ended;
  } catch (thrown) {
    if (session.signal.aborted) session.out.aside(`\n${deployment.id} goes on without us. Abort it with: codectl abort ${deployment.id}`);
    throw thrown;
  }
}

/** An answer that was lost on the way is asked for again with the same key, so that the plan is applied once. */
async function start(session: Session, plan: PlanView): Promise<DeploymentView> {
  const api = await session.api();
  const key = randomText(20);
  for (let left = 10; ; left -= 1) {
    try {
      return await api.call('change.apply', { plan_id: plan.plan_id, digest: plan.digest }, key);
    } catch (thrown) {
      if (left === 0 || !hasCode(thrown, 'daemon_unavailable')) throw withPlan(thrown, plan);
      await systemClock.sleep(500, session.signal);
    }
  }
}
