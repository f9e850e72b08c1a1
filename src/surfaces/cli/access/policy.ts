// `policy list|set|schema|explain`, and reading files for them.
import { readFile } from 'node:fs/promises';
import { CodeError, systemErrorCode } from '../../../base/errors.ts';
import type { Given } from '../command.ts';
import { exit, exitOfError } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import type { DecisionView, PolicyView } from './views.ts';

export async function list(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('policy.list');
  out.document(answer);
  if (given.flag('text')) out.text(answer.text === '' ? '// There are no policies of one’s own.' : answer.text);
  else out.text(policiesText(answer.policies, out.paint, out.width));
  return exit.ok;
}

export async function schema(session: Session): Promise<number> {
  const answer = await (await session.api()).call('policy.schema');
  session.out.document(answer);
  session.out.text(answer.schema);
  return exit.ok;
}

export async function set(session: Session, given: Given): Promise<number> {
  const [file = ''] = given.arguments;
  const dry_run = given.flag('check');
  const answer = await (await session.api()).call('policy.set', { text: await readText(session, file), file, dry_run });
  session.out.document(answer);
  const count = `${answer.count} ${answer.count === 1 ? 'policy' : 'policies'}`;
  session.out.text(dry_run ? `${file}: ${count}, nothing is wrong with them. Nothing was changed.` : `${count} of ${file} in force.`);
  return exit.ok;
}

export async function explain(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [operation = ''] = given.arguments;
  const answer = await (await session.api()).call('policy.decide', { operation, ...questionOf(given) });
  out.document(answer);
  out.text(decisionText(answer, out.paint));
  return exitOfDecision(answer);
}

export function decisionText({ allowed, reason, approvals_needed, policies }: DecisionView, paint: Paint): string {
  const word = allowed ? paint('green', 'allowed') : paint('red', 'denied');
  const wanted = approvals_needed === undefined ? [] : [`The approval of ${approvals_needed} would be enough: codectl approve PLAN`];
  const parts = policies.flatMap(({ id, effect, origin, text }) => ['', `${paint('bold', id)} (${effect}, ${origin})`, text]);
  return [`${word}: ${reason}`, ...wanted, ...parts].join('\n');
}

export function exitOfDecision({
  allowed,
  approvals_needed,
  reason,
}: Pick<DecisionView, 'allowed' | 'approvals_needed' | 'reason'>): number {
  if (allowed) return exit.ok;
  return exitOfError(new CodeError(approvals_needed === undefined ? 'denied' : 'approval_required', reason));
}

export function policiesText(policies: readonly PolicyView[], paint: Paint, columns?: number): string {
  const rows = policies.map(({ id, origin, effect, because }) => [
    id,
    origin,
    paint(effect === 'permit' ? 'green' : 'red', effect),
    because ?? '',
  ]);
  return tableText(['ID', 'ORIGIN', 'EFFECT', 'BECAUSE'], rows, paint, columns);
}

function questionOf(given: Given) {
  const roles = given.list('role');
  return {
    principal: given.text('as'),
    roles: roles.length === 0 ? undefined : roles,
    application: given.text('app'),
    environment: given.text('env'),
    at: given.text('at'),
    kind: given.text('kind'),
    replicas: countOf(given, 'replicas'),
    services: countOf(given, 'services'),
    approvals: countOf(given, 'approvals'),
  };
}

/** Errors: `usage`. */
export function countOf(given: Given, option: string, flag = option): number | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new CodeError('usage', `--${flag}: ${JSON.stringify(text)} is not a number.`, { hint: `Write it as in --${flag} 3` });
}

/** Errors: `usage`. */
export async function readText(session: Session, file: string): Promise<string> {
  try {
    return await readFile(session.path(file), 'utf8');
  } catch (thrown) {
    const code = systemErrorCode(thrown);
    if (code === undefined) throw thrown;
    throw new CodeError('usage', `${file} cannot be read (${code}).`, { hint: 'Name a file that there is.', cause: thrown });
  }
}
