// Runs a command inside a living container, with its rights and its limits.
import { CodeError } from '../../../base/errors.ts';
import type { ExecOutput } from '../../../ports/instances.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { refusedWith } from './client.ts';
import { framesOf } from './look/frames.ts';
import { containerOf } from './names.ts';
import { created, execState } from './shapes.ts';
import type { Site } from './site.ts';

/** Ends with the command's exit code; aborting leaves it to itself. Errors: `instance_unknown` (it does not run), `usage`, `source_missing`. */
export async function* execIn(
  site: Site,
  record: InstanceRecord,
  command: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<ExecOutput> {
  if (command.length === 0)
    throw new CodeError('usage', 'There is no command to run.', { hint: 'Add one: codectl exec SERVICE -- COMMAND ARGUMENT…' });
  const id = await prepared(site, record, command, signal);
  const json = { Detach: false, Tty: false };
  const answer = await site.engine.stream({ method: 'POST', path: `/exec/${id}/start`, json, unhurried: true }, signal);
  const decoders = { out: new TextDecoder(), err: new TextDecoder() };
  for await (const { stream, bytes } of framesOf(answer.chunks))
    yield { kind: 'output', stream, text: decoders[stream].decode(bytes, { stream: true }) };
  const { ExitCode } = await site.engine.json(execState, { method: 'GET', path: `/exec/${id}/json` }, signal);
  yield { kind: 'exit', code: ExitCode ?? 0 };
}

async function prepared(site: Site, record: InstanceRecord, command: readonly string[], signal: AbortSignal): Promise<string> {
  const path = `/containers/${containerOf(site.homeId, record)}/exec`;
  const json = { Cmd: command, AttachStdout: true, AttachStderr: true };
  try {
    const { Id } = await site.engine.json(created, { method: 'POST', path, json }, signal);
    // Before it is started: the Engine tells of it only then.
    site.commands.own.add(Id);
    return Id;
  } catch (thrown) {
    if (!refusedWith(thrown, 404, 409)) throw thrown;
    throw new CodeError('instance_unknown', `${record.id} does not run.`, {
      hint: 'List what runs: codectl status.',
      details: { instance: record.id },
      cause: thrown,
    });
  }
}
