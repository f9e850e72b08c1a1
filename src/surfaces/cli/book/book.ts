// `prove list|show|close`.
import type { TrialView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

/** Exit code 13 where the chain is not whole: then nothing that it says counts. */
export async function list(session: Session, given: Given): Promise<number> {
  const scope = await findScope(session, given);
  const answer = await (await session.api()).call('trials.list', { ...scope, limit: given.text('limit') });
  const { out } = session;
  out.document(answer);
  const rows = answer.trials.map(({ id, kind, profile, verdict, started_at, within, by }) => [
    within === undefined ? id : `  ${id}`,
    kind,
    profile,
    verdict ?? 'running',
    started_at,
    by,
  ]);
  out.text(rows.length === 0 ? `There were no trials of ${scope.application} in ${scope.environment}.` : table(session, rows));
  if (answer.problem === undefined) return exit.ok;
  out.aside(`The chain of attempts is broken: ${answer.problem}.`);
  return exit.unmet;
}

export async function show(session: Session, given: Given): Promise<number> {
  const [id] = given.arguments;
  const trial = await (await session.api()).call('trials.get', { id });
  const { out } = session;
  out.document(trial);
  out.text(`${trial.id}: ${trial.kind} (${trial.profile}) of ${trial.application} in ${trial.environment}, ${trial.verdict ?? 'running'}`);
  const figures = (trial.figures ?? []).map((one) => [one.id, value(one), `n = ${one.n}`, one.method]);
  const unmeasured = (trial.unmeasured ?? []).map((one) => [one.id, 'not measured', one.because, '']);
  out.text(tableText(['FIGURE', 'VALUE', 'SAMPLE', 'METHOD'], [...unmeasured, ...figures], out.paint, out.width));
  return exit.ok;
}

export async function close(session: Session, given: Given): Promise<number> {
  const [id] = given.arguments;
  const answer = await (await session.api()).call('trials.finish', { id, verdict: 'interrupted' });
  session.out.document(answer);
  session.out.text(`TrialView ${answer.id} is written down as interrupted.`);
  return exit.ok;
}

function table({ out }: Session, rows: readonly (readonly string[])[]): string {
  return tableText(['TRIAL', 'KIND', 'PROFILE', 'VERDICT', 'BEGUN', 'BY'], rows, out.paint, out.width);
}

function value({ estimate, lower, upper, unit, confidence }: NonNullable<TrialView['figures']>[number]): string {
  const number = (of: number): string => String(Number(of.toPrecision(5)));
  return confidence === 1 ? `${number(estimate)} ${unit}` : `${number(estimate)} ${unit} [${number(lower)}, ${number(upper)}]`;
}
