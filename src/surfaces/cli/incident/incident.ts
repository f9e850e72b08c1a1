// `incident list|show|open|note|acknowledge|resolve`.
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import type { IncidentLine, IncidentView } from './answers.ts';

export async function list(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const where = { application: given.text('app'), environment: given.text('env'), limit: given.text('limit') };
  const answer = await (await session.api()).call('incidents.list', { ...where, all: given.flag('all') });
  out.document(answer);
  const rows = answer.incidents.map((one) => [one.id, one.state, one.severity, one.opened_at, one.opened_by, titleOf(one)]);
  const none = given.flag('all') ? 'There were no incidents.' : 'No incident is open.';
  out.text(rows.length === 0 ? none : tableText(['INCIDENT', 'STATE', 'SEVERITY', 'OPENED', 'BY', 'WHAT'], rows, out.paint, out.width));
  return exit.ok;
}

export async function show(session: Session, given: Given): Promise<number> {
  const [id] = given.arguments;
  const incident = await (await session.api()).call('incidents.get', { id });
  session.out.document(incident);
  session.out.text(incidentText(incident));
  return exit.ok;
}

export async function open(session: Session, given: Given): Promise<number> {
  const [title] = given.arguments;
  const scope = await findScope(session, given);
  const wish = { ...scope, title, text: given.text('text'), severity: given.text('severity'), run: given.text('run') };
  const incident = await (await session.api()).call('incidents.open', wish);
  session.out.document(incident);
  session.out.text(`${incident.id} is open (${incident.severity}).`);
  return exit.ok;
}

export async function note(session: Session, given: Given): Promise<number> {
  const [id, text] = given.arguments;
  const incident = await (await session.api()).call('incidents.note', { id, text, run: given.text('run') });
  session.out.document(incident);
  session.out.text(`Written down on ${incident.id} (${incident.state}).`);
  return exit.ok;
}

export async function move(session: Session, given: Given, verb: 'acknowledge' | 'resolve'): Promise<number> {
  const [id] = given.arguments;
  const incident = await (await session.api()).call(`incidents.${verb}`, { id, text: given.text('text') });
  session.out.document(incident);
  session.out.text(`${incident.id} is ${incident.state}.`);
  return exit.ok;
}

function titleOf({ title, cause }: Pick<IncidentLine, 'title' | 'cause'>): string {
  return title ?? cause ?? '';
}

function incidentText(incident: IncidentView): string {
  const { id, state, severity, application, environment, notes, run } = incident;
  const about = run === undefined ? '' : `, about ${run}`;
  const head = `${id}: ${titleOf(incident)}\n${state}, ${severity}, ${application} in ${environment}${about}; opened by ${incident.opened_by}`;
  const lines = notes.map(({ at, by, text, cause, state: to, run: which }) => {
    const moved = to === undefined ? '' : ` (${to})`;
    const named = which === undefined ? '' : ` [${which}]`;
    return `${at}  ${by}${moved}${named}: ${text ?? cause ?? ''}`;
  });
  return [head, ...lines].join('\n');
}
