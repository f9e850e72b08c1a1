// `history`: what was tried, and what came of it.
import { formatDuration } from '../../../base/units.ts';
import type { DeploymentView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

export async function history(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const scope = await findScope(session, given);
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
