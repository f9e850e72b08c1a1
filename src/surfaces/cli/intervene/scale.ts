// `scale pause|resume`: people hold the size of a service that follows its load.
import { CodeError } from '../../../base/errors.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';

export async function pause(session: Session, given: Given): Promise<number> {
  const [service] = given.arguments;
  const at = numberOf(given.text('at'));
  const only = given.text('only');
  if ((at === undefined) === (only === undefined))
    throw new CodeError('usage', 'Give either --at N or --only in|out.', {
      hint: `Write it as in "codectl scale pause ${service} --at 3"`,
    });
  const scope = await findScope(session, given);
  const answer = await (await session.api()).call('scale.pause', { ...scope, service, at, only });
  session.out.document(answer);
  const { kind, replicas } = answer.pause;
  const what = kind === 'at' ? `stays at ${replicas}` : kind === 'in' ? 'does not shrink' : 'does not grow';
  session.out.text(`${answer.service} ${what} until "codectl scale resume ${answer.service}".`);
  return exit.ok;
}

export async function resume(session: Session, given: Given): Promise<number> {
  const [service] = given.arguments;
  const scope = await findScope(session, given);
  const answer = await (await session.api()).call('scale.resume', { ...scope, service });
  session.out.document(answer);
  session.out.text(answer.was_paused ? `The load of ${answer.service} decides again.` : `Scaling of ${answer.service} was not paused.`);
  return exit.ok;
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new CodeError('usage', `--at: ${JSON.stringify(text)} is not a number of instances.`, { hint: 'Write it as in --at 3' });
}
