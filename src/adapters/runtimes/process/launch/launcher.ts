// Starts the launcher process of an instance and learns the application's own pid from it.
import { setTimeout as wait } from 'node:timers/promises';
import { readFileIfExists } from '../../../../platform/files.ts';
import type { ProcessIdentity } from '../../../../platform/process/identity.ts';
import { isAlive } from '../../../../platform/process/identity.ts';
import type { DetachedProcess } from '../../../../platform/process/spawn.ts';
import { spawnDetached } from '../../../../platform/process/spawn.ts';
import type { InstancePlaces } from '../places.ts';
import type { Prepared } from './prepare.ts';
import { launchArguments, shell } from './shim.ts';

/** Errors: those of `spawnDetached`. */
export function startLauncher(
  places: InstancePlaces,
  cgroups: readonly string[],
  { argv, env, directory }: Prepared,
): Promise<DetachedProcess> {
  return spawnDetached({
    command: shell,
    args: launchArguments(places, cgroups, argv),
    cwd: directory,
    env,
    stdout: places.out,
    stderr: places.err,
  });
}

const pollMs = 2;
const patienceMs = 2_000;

/** The application's pid as its launcher wrote it, some milliseconds after its start; `undefined` if the launcher ended without. */
export async function applicationPid(places: InstancePlaces, leader: ProcessIdentity): Promise<number | undefined> {
  for (let waited = 0; waited < patienceMs; waited += pollMs) {
    const pid = await knownPid(places);
    if (pid !== undefined || !isAlive(leader)) return pid;
    await wait(pollMs);
  }
  return undefined;
}

/** The line feed says that it was written to the end. */
export async function knownPid(places: InstancePlaces): Promise<number | undefined> {
  const text = await readFileIfExists(places.pid);
  return text !== undefined && /^\d+\n$/.test(text) ? Number(text) : undefined;
}
