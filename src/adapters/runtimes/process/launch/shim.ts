// The launcher of every instance: a few constant lines for the system's own shell. Values come as arguments and are never part of the text.
import type { InstancePlaces } from '../places.ts';

/**
 * Leads the session and outlives the application, to keep how it ended even while no daemon runs. Its traps do nothing, on purpose: a
 * signal to the group reaches the application directly, and a shell hands no trap down (unlike ignored signals). When the file cannot be
 * written, its own exit status still tells its parent.
 */
const outer = `exit_file=$1
shift
trap : HUP INT QUIT TERM USR1 USR2
"$@"
code=$?
umask 077
printf '%s\\n' "$code" > "$exit_file"
exit "$code"`;

/**
 * Becomes the application: keeps its pid, joins the cgroups, and replaces itself. The limits are the application's alone, so that running
 * out of memory cannot take the launcher along.
 */
const inner = `(umask 077; echo "$$" > "$1")
shift
while [ "$1" != -- ]; do
  echo "$$" > "$1"
  shift
done
shift
exec "$@"`;

export const shell = '/bin/sh';

/** Arguments of `/bin/sh` that start an instance's command under its launcher. */
export function launchArguments(
  places: Pick<InstancePlaces, 'exit' | 'pid'>,
  cgroups: readonly string[],
  argv: readonly string[],
): readonly string[] {
  return ['-c', outer, 'codectl-instance', places.exit, shell, ...joinArguments(places.pid, cgroups, argv)];
}

/** Arguments of `/bin/sh` that run a command inside the cgroups. */
export function joinArguments(pidFile: string, cgroups: readonly string[], argv: readonly string[]): readonly string[] {
  return ['-c', inner, 'codectl-start', pidFile, ...cgroups.map((directory) => `${directory}/cgroup.procs`), '--', ...argv];
}
