// `taint list|lift`: programs that are held back because of what they have read.
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

export async function list(session: Session): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('taint.list');
  out.document(answer);
  const rows = answer.taints.map((one) => [one.principal, one.run ?? 'all', one.since, one.until, one.read.join(', ')]);
  out.text(rows.length === 0 ? 'Nobody is held back.' : tableText(['WHO', 'RUN', 'SINCE', 'UNTIL', 'READ'], rows, out.paint));
  return exit.ok;
}

export async function lift(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [principal] = given.arguments;
  const answer = await (await session.api()).call('taint.lift', { principal });
  out.document(answer);
  out.text(`${principal} goes on. It is held back again when it reads more words of others.`);
  return exit.ok;
}
