// `sessions list|revoke`: who is logged in, and ending that.
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import type { IdentityAnswers } from './views.ts';

type Listed = IdentityAnswers['sessions.list']['sessions'];

export async function list(session: Session): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('sessions.list');
  out.document(answer);
  out.text(answer.sessions.length === 0 ? 'Nobody is logged in.' : sessionsText(answer.sessions, out.paint));
  return exit.ok;
}

export async function revoke(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [id] = given.arguments;
  const answer = await (await session.api()).call('sessions.revoke', { id, forget: given.flag('forget') });
  out.document(answer);
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  const ended = [count(answer.sessions.length, 'session'), ...(answer.tokens.length > 0 ? [count(answer.tokens.length, 'token')] : [])];
  out.text(`${ended.join(' and ')} of ${id} ended.${answer.forgotten ? ' The name is free again.' : ''}`);
  return exit.ok;
}

function sessionsText(sessions: Listed, paint: Paint): string {
  const rows = sessions.map((one) => [one.id, one.principal, one.provider, one.way, one.last_used_at, stateOf(one, paint)]);
  return tableText(['ID', 'WHO', 'PROVIDER', 'BY', 'LAST USED', 'UNTIL'], rows, paint);
}

function stateOf({ live, expires_at, ended_at, ended_by, ended_because }: Listed[number], paint: Paint): string {
  if (ended_because === 'revoked') return paint('red', `revoked ${ended_at} by ${ended_by}`);
  if (ended_because === 'left') return `logged out ${ended_at}`;
  return live ? expires_at : 'over';
}
