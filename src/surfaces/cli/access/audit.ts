// `audit show|verify`.

import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import type { AuditView } from './views.ts';

export async function show(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('audit.show', { after: given.text('after'), limit: given.text('limit') });
  out.document(answer);
  out.text(answer.records.length === 0 ? 'There are no records.' : auditText(answer.records, out.paint, out.width));
  const first = answer.records[0]?.sequence ?? 1;
  if (first > 1 && given.text('after') === undefined) out.aside(`${first - 1} earlier ones: codectl audit show --after 0`);
  return exit.ok;
}

export function auditText(records: readonly AuditView[], paint: Paint, columns?: number): string {
  const rows = records.map((one) => [
    String(one.sequence),
    one.at,
    one.principal,
    one.operation,
    one.phase !== 'outcome' ? one.phase : paint(one.result === 'ok' ? 'green' : 'red', one.result ?? 'outcome'),
    detailsText(one),
  ]);
  return tableText(['NUMBER', 'AT', 'WHO', 'OPERATION', 'WHAT', 'DETAILS'], rows, paint, columns);
}

/** Enough to recognise the call; `--json` has the whole. */
function detailsText({ error, subject }: AuditView): string {
  const members = Object.entries(subject).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = error ?? members.map((one) => shortened(one, 50)).join(' ');
  return shortened(text, 160);
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

export async function verify(session: Session): Promise<number> {
  const { out } = session;
  const verdict = await (await session.api()).call('audit.verify');
  out.document(verdict);
  out.text(verdict.ok ? `All ${verdict.count} records are as they were written.` : `Record ${verdict.sequence}: ${verdict.problem}`);
  return verdict.ok ? exit.ok : exit.failed;
}
