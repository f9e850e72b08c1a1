// Makes a release ready to run here: its directory, its volumes, its environment, and the words of its command.
import { CodeError } from '../../../../base/errors.ts';
import { ensureDirectory } from '../../../../platform/files.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import { placesOf } from '../places.ts';
import { giveSecrets } from '../secret-files.ts';
import type { Site } from '../site.ts';
import { findCommand, pathWithNode } from './command.ts';
import type { Variables } from './environment.ts';
import { openVariables, substitute, volumeDirectory } from './environment.ts';

export interface Prepared {
  readonly directory: string;
  /** The program's absolute path, then its arguments. */
  readonly argv: readonly string[];
  readonly env: Variables;
}

/** Errors: `unsupported` (an image), `source_missing` (its command), those of `materialise`, `disk_full`, `home_unwritable`. */
export async function prepare(site: Site, request: StartRequest, port: number | undefined, signal: AbortSignal): Promise<Prepared> {
  const { places } = site;
  const { run, id: release } = request.replicaSet.release;
  if (run.artifact.kind !== 'snapshot' || !run.command?.length)
    throw new CodeError('unsupported', `${release} is made from an image; the process runtime runs commands only.`, {
      hint: 'Give the service "run: { command, directory }", or choose a runtime that runs images.',
    });
  const directory = await site.artifacts.materialise(run.artifact.digest, signal);
  const volumes = run.volumes.map(({ name }) => volumeDirectory(request, places, name));
  for (const path of [placesOf(places, request.id).directory, places.exits, ...volumes]) await ensureDirectory(path);
  const told = openVariables({ ...request, port, daemon: process.env }, places);
  const variables = { ...told, PATH: await pathWithNode(told['PATH']) };
  const [word = '', ...args] = substitute(run.command, variables);
  const program = await findCommand(word, directory, variables.PATH);
  return { directory, argv: [program, ...args], env: { ...(await giveSecrets(places, request)), ...variables } };
}
