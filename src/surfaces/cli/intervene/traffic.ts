// `routes pause|resume`.
import { CodeError } from '../../../base/errors.ts';
import { parseDuration } from '../../../base/units.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';

export async function pause(session: Session, given: Given): Promise<number> {
  const [service] = given.arguments;
  const hold_ms = holdOf(given.text('hold'));
  const scope = await findScope(session, given);
  const answer = await (await session.api()).call('traffic.pause', { ...scope, service, hold_ms, message: given.text('message') });
  session.out.document(answer);
  session.out.text(`${answer.service} is paused${answer.live ? '' : '; it is not deployed yet, and will be paused when it is'}.`);
  return exit.ok;
}

export async function resume(session: Session, given: Given): Promise<number> {
  const [service] = given.arguments;
  const scope = await findScope(session, given);
  const answer = await (await session.api()).call('traffic.resume', { ...scope, service });
  session.out.document(answer);
  session.out.text(answer.was_paused ? `${answer.service} is resumed.` : `${answer.service} was not paused.`);
  return exit.ok;
}

function holdOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const hold = parseDuration(text);
  if (hold !== undefined && hold >= 1) return hold;
  throw new CodeError('usage', `--hold: ${JSON.stringify(text)} is not a time.`, { hint: 'Write it as in --hold 2m' });
}
