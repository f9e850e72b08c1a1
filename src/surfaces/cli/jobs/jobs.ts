// `jobs …`: what runs once and ends, as a table, one by one, and as it happens.
import { formatDuration } from '../../../base/units.ts';
import type { TaskView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import { print } from './run.ts';

export async function list(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const scope = await findScope(session, given);
  const api = await session.api();
  const answer = await api.call('jobs.list', { ...scope, service: given.text('service'), limit: given.text('limit') });
  out.document(answer);
  const none = `Nothing has run in ${scope.application} in ${scope.environment}.`;
  out.text(answer.tasks.length === 0 ? none : tasksText(answer.tasks, out.paint, out.width));
  return exit.ok;
}

export async function show(session: Session, given: Given): Promise<number> {
  const [id = ''] = given.arguments;
  const task = await (await session.api()).call('jobs.show', { id });
  session.out.document(task);
  session.out.text(taskText(task, session.out.paint));
  return exit.ok;
}

export async function logs(session: Session, given: Given): Promise<number> {
  const [id = ''] = given.arguments;
  let code: number = exit.ok;
  const follow = given.flag('follow');
  for await (const item of (await session.api()).stream('jobs.logs', { id, follow })) code = print(session, item) ?? code;
  return follow ? code : exit.ok;
}

export async function runNow(session: Session, given: Given): Promise<number> {
  const [service] = given.arguments;
  const scope = await findScope(session, given);
  const api = await session.api();
  const task = await api.call('jobs.run', { ...scope, service });
  session.out.item(task);
  if (!given.flag('wait', true)) {
    session.out.text(task.id);
    return exit.ok;
  }
  let code: number = exit.failed;
  for await (const item of api.stream('jobs.logs', { id: task.id, follow: true })) code = print(session, item) ?? code;
  return code;
}

export async function cancel(session: Session, given: Given): Promise<number> {
  const [id = ''] = given.arguments;
  const task = await (await session.api()).call('jobs.cancel', { id, reason: given.text('reason') });
  session.out.document(task);
  session.out.text(`${id} is told to end.`);
  return exit.ok;
}

export async function key({ api, out }: Session): Promise<number> {
  const answer = await (await api()).call('jobs.key', {});
  out.document(answer);
  out.text(answer.key);
  return exit.ok;
}

function tasksText(tasks: readonly TaskView[], paint: Paint, columns?: number): string {
  const rows = tasks.map((one) => [one.id, one.service, purposeText(one), one.created_at, stateText(one, paint), tookText(one), one.by]);
  return tableText(['TASK', 'SERVICE', 'WHAT', 'ASKED FOR', 'STATE', 'TOOK', 'BY'], rows, paint, columns);
}

function taskText(task: TaskView, paint: Paint): string {
  const { id, service, release, command, url, attempt, attempts, deployment, reason, last_log = [] } = task;
  return [
    `${paint('bold', id)}  ${purposeText(task)} of ${service} (${release})${deployment === undefined ? '' : `, ${deployment}`}`,
    ...(command ? [`  command   ${command.join(' ')}`] : []),
    ...(url === undefined ? [] : [`  to        ${url}`]),
    `  state     ${stateText(task, paint)}${reason === undefined ? '' : `: ${reason}`}`,
    `  attempts  ${attempt} of ${attempts}${tookText(task) === '' ? '' : `, the last took ${tookText(task)}`}`,
    ...last_log.map((line) => `  │ ${line}`),
  ].join('\n');
}

function purposeText({ purpose, hook }: TaskView): string {
  return hook ?? purpose;
}

function stateText({ state, outcome }: TaskView, paint: Paint): string {
  if (outcome === undefined) return paint('cyan', state);
  return paint(outcome === 'succeeded' ? 'green' : 'red', outcome);
}

function tookText({ started_at, ended_at }: TaskView): string {
  return started_at === undefined || ended_at === undefined ? '' : formatDuration(Date.parse(ended_at) - Date.parse(started_at));
}
