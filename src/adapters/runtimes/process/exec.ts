// Runs a command beside a living instance: in its directory, its environment and its limits.
import { CodeError } from '../../../base/errors.ts';
import { isAlive } from '../../../platform/process/identity.ts';
import { environmentOf } from '../../../platform/process/proc.ts';
import { runPiped } from '../../../platform/process/run.ts';
import type { ExecOutput } from '../../../ports/instances.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { handleOf } from './handle.ts';
import { findCommand } from './launch/command.ts';
import { joinArguments, shell } from './launch/shim.ts';

/** Ends with the command's exit code; aborting kills it. Errors: `instance_unknown` (it does not run), `usage`, `source_missing`. */
export async function* execIn(record: InstanceRecord, command: readonly string[], signal: AbortSignal): AsyncGenerator<ExecOutput> {
  const [word, ...args] = command;
  if (!word) throw new CodeError('usage', 'There is no command to run.', { hint: 'Add one: codectl exec SERVICE -- COMMAND ARGUMENT…' });
  const handle = handleOf(record);
  // The launcher has what the application was started with; its secrets are nowhere else.
  const env = handle?.leader && isAlive(handle.leader) ? environmentOf(handle.leader.pid) : undefined;
  if (!handle || !env)
    throw new CodeError('instance_unknown', `${record.id} does not run.`, {
      hint: 'List what runs: codectl status.',
      details: { instance: record.id },
    });
  const program = await findCommand(word, handle.directory, env['PATH']);
  yield* runPiped(
    { command: shell, args: joinArguments('/dev/null', handle.cgroups, [program, ...args]), cwd: handle.directory, env },
    signal,
  );
}
