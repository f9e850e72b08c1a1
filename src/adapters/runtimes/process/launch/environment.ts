// The environment and the words of an instance's command: what it is told, and nothing else.
import { join } from 'node:path';
import { introductionOf } from '../../../../model/instance.ts';
import { markVariables } from '../../../../platform/process/mark.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import type { Places } from '../places.ts';

/** Taken over from the daemon: what programs cannot do without. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ'];

export type Variables = Readonly<Record<string, string>>;

export interface EnvironmentRequest extends StartRequest {
  readonly port: number | undefined;
  /** The daemon's own environment. */
  readonly daemon: Readonly<Record<string, string | undefined>>;
}

/** What it may see in its arguments, too: everything but the secrets, which `ps` would show to every user of the machine. */
export function openVariables(request: EnvironmentRequest, places: Places): Variables {
  const { id, replicaSet, port, daemon, surroundings } = request;
  const { release } = replicaSet;
  const basics = inherited.flatMap((name): [string, string][] => (daemon[name] === undefined ? [] : [[name, daemon[name]]]));
  const volumes = release.run.volumes.map(({ name }): [string, string] => [volumeVariable(name), volumeDirectory(request, places, name)]);
  return {
    ...Object.fromEntries(basics),
    ...surroundings,
    ...release.run.env,
    ...(port === undefined ? {} : { PORT: String(port), HOST: '127.0.0.1' }),
    ...introductionOf(replicaSet),
    ...Object.fromEntries(volumes),
    ...markVariables({ home: places.homeId, instance: id }),
  };
}

/** Outlives instances and releases: one directory for each volume of an environment, shared by services that name it alike. */
export function volumeDirectory({ replicaSet }: StartRequest, places: Places, name: string): string {
  return join(places.volumes, replicaSet.scope.application, replicaSet.scope.environment, name);
}

export function volumeVariable(name: string): string {
  return `CODE_VOLUME_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/** Puts values where a word says `$PORT`, `${PORT}` or `${NAME}`; a name that is not known stays as it is. No shell is involved. */
export function substitute(words: readonly string[], variables: Variables): readonly string[] {
  return words.map((word) =>
    word.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$(PORT)(?![A-Za-z0-9_])/g, (text, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? '';
      return Object.hasOwn(variables, name) ? (variables[name] ?? text) : text;
    }),
  );
}
