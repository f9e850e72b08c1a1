// Programs that the settings attach as servers of MCP run as this engine does. So they are named in its settings file, which nobody else may write, and each start of the engine with one is told.
import { statSync } from 'node:fs';
import { digestOfJson, shortDigest } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';
import type { EnginePorts } from '../../engine/ports.ts';
import type { NewEvent } from '../../model/event.ts';
import type { OutsideSettings, UpstreamSettings } from './settings.ts';

type Upstreams = Pick<OutsideSettings, 'upstreams'>;
type Program = UpstreamSettings & Required<Pick<UpstreamSettings, 'command'>>;

/** `source`: where the setting `upstreams` comes from. Errors: `settings_invalid`. */
export function refusePrograms(settings: Upstreams, file: string, source: string): void {
  const [first] = programsIn(settings);
  if (!first) return;
  const what = `upstreams: ${first.name} is a program, which runs with the rights of this engine`;
  if (source !== file)
    throw new CodeError('settings_invalid', `${source}: ${what}: only the settings file may name it.`, {
      hint: `Put upstreams into ${file}.`,
    });
  const { uid, mode } = statSync(file);
  const isOwn = uid === process.getuid?.() || uid === 0;
  if (isOwn && (mode & 0o022) === 0) return;
  throw new CodeError('settings_invalid', `${file}: ${what}: the file must be its own, and nobody else may write it.`, {
    hint: `Look at it, then run "chmod go-w ${file}".`,
  });
}

/** For the audit: which programs this engine starts when their tools are asked for. Their words may hold anything, so only a digest of them is told. */
export function programEvents(settings: Upstreams, at: number): readonly NewEvent[] {
  return programsIn(settings).map(({ name, application, environment, command, directory = '/' }) => ({
    at,
    kind: 'upstream.attached',
    ...(application !== undefined && { application }),
    ...(environment !== undefined && { environment }),
    message: `upstream ${name} is the program ${command[0] ?? ''}, named in the settings file`,
    facts: { upstream: name, program: command[0] ?? '', directory, words: command.length, digest: shortDigest(digestOfJson(command)) },
  }));
}

export async function tellPrograms(
  settings: Upstreams,
  { store, clock, fence }: Pick<EnginePorts, 'store' | 'clock' | 'fence'>,
): Promise<void> {
  const events = programEvents(settings, clock.now());
  if (events.length === 0) return;
  await store.commit(
    events.map((event) => ({ op: 'append', event })),
    fence(),
  );
}

function programsIn({ upstreams }: Upstreams): readonly Program[] {
  return upstreams.filter((one): one is Program => one.command !== undefined);
}
