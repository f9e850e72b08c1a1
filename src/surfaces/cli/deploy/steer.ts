// `promote`, `pause`, `resume`, `retry`: what people say to a deployment under way, or to one that did not succeed.
import type { DeploymentView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit, exitOfOutcome } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { carryOut, follow } from './carry-out.ts';
import { show } from './plan-view.ts';

export async function promote(session: Session, given: Given): Promise<number> {
  const [id = ''] = given.arguments;
  const full = given.flag('full');
  const deployment = await (await session.api()).call('deployments.promote', { id, full });
  session.out.note(full ? `${id} skips the steps that are left` : `${id} goes on`);
  return goOn(session, given, deployment);
}

export async function pause(session: Session, given: Given): Promise<number> {
  const [id = ''] = given.arguments;
  const deployment = await (await session.api()).call('deployments.pause', { id, reason: given.text('reason') });
  session.out.document(deployment);
  session.out.text(`${id} is paused; go on with: codectl resume ${id}`);
  return exit.ok;
}

export async function resume(session: Session, given: Given): Promise<number> {
  const [id = ''] = given.arguments;
  const deployment = await (await session.api()).call('deployments.resume', { id });
  session.out.note(`${id} goes on`);
  return goOn(session, given, deployment);
}

export async function retry(session: Session, given: Given): Promise<number> {
  const [deployment = ''] = given.arguments;
  const plan = await (await session.api()).call('change.retry_plan', { deployment });
  return given.flag('plan') ? show(session, plan) : carryOut(session, plan, given);
}

async function goOn(session: Session, given: Given, deployment: DeploymentView): Promise<number> {
  if (given.flag('wait', true)) return exitOfOutcome((await follow(session, deployment)).outcome);
  session.out.document(deployment);
  return exit.ok;
}
