// `exec`: runs a command beside an instance; its exit code is ours.
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';

export async function exec(session: Session, given: Given): Promise<number> {
  const { out, world } = session;
  const [service, ...command] = given.arguments;
  const scope = await findScope(session, given);
  const api = await session.api();
  let code: number = exit.failed;
  for await (const item of api.stream('runtime.exec', { ...scope, service, instance: given.text('instance'), command })) {
    out.item(item);
    if (item.kind === 'exit') code = item.code;
    else if (!out.json) (item.stream === 'err' ? world.stderr : world.stdout).write(item.text);
  }
  return code;
}
