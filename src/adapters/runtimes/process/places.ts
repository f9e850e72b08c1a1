// Where the process driver keeps what belongs to an instance: one directory each, outside of its release and of its volumes.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { digestOf, shortDigest } from '../../../base/digest.ts';
import { CodeError } from '../../../base/errors.ts';

export interface Places {
  readonly instances: string;
  /** One file for each instance that ended; a single directory so that one watch sees them all. */
  readonly exits: string;
  readonly volumes: string;
  /** Secrets that are files: in memory where there is a place for that. */
  readonly secrets: string;
  /** Marks every process of this home (`CODE_HOME_ID`). */
  readonly homeId: string;
}

export interface InstancePlaces {
  readonly directory: string;
  readonly out: string;
  readonly err: string;
  /** The instance's record as it was when it was started. */
  readonly record: string;
  /** The application's own pid, written by its launcher. */
  readonly pid: string;
  /** There when we were asked to stop it. */
  readonly stop: string;
  /** A directory of its secrets that are files. */
  readonly secrets: string;
  /** The exit status, a number and a line feed. */
  readonly exit: string;
}

const memory = '/dev/shm';

export function placesIn(home: string): Places {
  const root = resolve(home);
  const homeId = shortDigest(digestOf(root), 16);
  return {
    instances: join(root, 'instances'),
    exits: join(root, 'exits'),
    volumes: join(root, 'volumes'),
    secrets: existsSync(memory) ? join(memory, `codectl-${homeId}`) : join(root, 'secret-files'),
    homeId,
  };
}

/** Errors: `input_invalid` for an id that would leave the directory or hide in it. */
export function placesOf(places: Places, id: string): InstancePlaces {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/.test(id))
    throw new CodeError('input_invalid', `"${id}" cannot be the id of a process: letters, digits, ".", "_" and "-" are expected.`);
  const directory = join(places.instances, id);
  return {
    directory,
    out: join(directory, 'out.log'),
    err: join(directory, 'err.log'),
    record: join(directory, 'record.json'),
    pid: join(directory, 'pid'),
    stop: join(directory, 'stop'),
    secrets: join(places.secrets, id),
    exit: join(places.exits, id),
  };
}
