// `run`: a one-off command as an instance of its own; its exit code is ours.
import { CodeError } from '../../../base/errors.ts';
import { parseDuration } from '../../../base/units.ts';
import type { ExecItem } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';

/** Whoever leaves ends it: the engine sees that nobody listens any more. */
export async function run(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [service, ...command] = given.arguments;
  const detach = given.flag('detach');
  const scope = await findScope(session, given);
  const api = await session.api();
  let code: number = detach ? exit.ok : exit.failed;
  for await (const item of api.stream('jobs.command', { ...scope, service, command, detach, deadline_ms: deadlineOf(given) })) {
    if (item.kind !== 'task') code = print(session, item) ?? code;
    else {
      out.item(item);
      if (detach) out.text(item.task.id);
    }
  }
  return code;
}

/** Returns the exit code once it is told; how it came to that is told too, where the command could not say so itself. */
export function print({ out, world }: Session, item: ExecItem): number | undefined {
  out.item(item);
  if (item.kind === 'exit') {
    if (item.because !== undefined) out.aside(`error: ${item.because}`);
    return item.code;
  }
  if (!out.json) (item.stream === 'err' ? world.stderr : world.stdout).write(item.text);
  return undefined;
}

function deadlineOf(given: Given): number | undefined {
  const text = given.text('deadline');
  if (text === undefined) return undefined;
  const deadline = parseDuration(text);
  if (deadline !== undefined && deadline > 0) return deadline;
  throw new CodeError('usage', `--deadline: ${JSON.stringify(text)} is no duration.`, { hint: 'Write it as in --deadline 10m.' });
}
