// `history`: what was tried, and what came of it.
import { hasCode } from '../../../base/errors.ts';
import { formatDuration } from '../../../base/units.ts';
import type { Scope } from '../../../model/instance.ts';
import type { DeploymentView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

export async function history(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const scope = await triedScope(session, given);
  const answer = await (await session.api()).call('deployments.list', { ...scope, limit: given.text('limit') });
  out.document(answer);
  const { deployments } = answer;
  out.text(
    deployments.length === 0
      ? `${scope.application} was never deployed in ${scope.environment}.`
      : historyText(deployments, out.paint, out.width),
  );
  return exit.ok;
}

/** What was tried and never came to live is no environment that anybody sees, but it has a history. */
async function triedScope(session: Session, given: Given): Promise<Scope> {
  try {
    return await findScope(session, given);
  } catch (thrown) {
    const application = given.text('app');
    if (application === undefined || !hasCode(thrown, 'application_unknown')) throw thrown;
    const scope = { application, environment: given.text('env') ?? 'default' };
    const { deployments } = await (await session.api()).call('deployments.list', { ...scope, limit: '1' });
    if (deployments.length === 0) throw thrown;
    return scope;
  }
}

export function historyText(deployments: readonly DeploymentView[], paint: Paint, columns?: number): string {
  const rows = deployments.map((one) => [
    String(one.number),
    one.started_at,
    one.kind,
    outcomeText(one, paint),
    one.services.map(({ to, service }) => to?.release ?? `${service} removed`).join(' '),
    one.duration_ms === undefined ? '' : formatDuration(one.duration_ms),
    one.started_by,
  ]);
  return tableText(['NUMBER', 'STARTED', 'KIND', 'OUTCOME', 'RELEASES', 'TOOK', 'BY'], rows, paint, columns);
}

function outcomeText({ outcome, unchecked }: DeploymentView, paint: Paint): string {
  const how = unchecked === undefined ? '' : ', unchecked';
  if (outcome === undefined) return paint('cyan', `under way${how}`);
  return paint(outcome === 'succeeded' ? 'green' : 'red', `${outcome}${how}`);
}
