// `lock acquire|release`.
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';

export async function acquire(session: Session, given: Given): Promise<number> {
  const [message] = given.arguments;
  const scope = await findScope(session, given);
  const lock = await (await session.api()).call('lock.acquire', { ...scope, message });
  session.out.document(lock);
  session.out.text(`${scope.application} in ${scope.environment} is locked by ${lock.by}: ${lock.message}`);
  return exit.ok;
}

export async function release(session: Session, given: Given): Promise<number> {
  const scope = await findScope(session, given);
  const answer = await (await session.api()).call('lock.release', { ...scope });
  session.out.document(answer);
  const { released } = answer;
  const what = `${scope.application} in ${scope.environment}`;
  session.out.text(released ? `${what} is no longer locked by ${released.by}.` : `${what} was not locked.`);
  return exit.ok;
}
