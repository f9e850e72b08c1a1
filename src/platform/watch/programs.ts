// Which programs processes are: the files that they were started from, as the kernel knows them.
import { readlink, stat } from 'node:fs/promises';

export interface ProgramSight {
  readonly pid: number;
  /** In the process's own file system. */
  readonly path: string;
  /** It has no name any more, or never had one (memfd). */
  readonly deleted: boolean;
  /** When the file was made or last written, whichever is later, in milliseconds since the epoch. A name that was only given or taken since does not count. */
  readonly writtenAt: number | undefined;
}

const deletedMark = ' (deleted)';

/** `undefined` when not one of them can be read, though there are some. Those that ended meanwhile are left out. */
export async function programSight(pids: readonly number[]): Promise<readonly ProgramSight[] | undefined> {
  const all = await Promise.all(pids.map(programOf));
  const seen = all.filter((one) => one !== undefined);
  return seen.length === 0 && pids.length > 0 ? undefined : seen;
}

async function programOf(pid: number): Promise<ProgramSight | undefined> {
  const link = `/proc/${pid}/exe`;
  const target = await readlink(link).catch(() => undefined);
  if (target === undefined) return undefined;
  // Through the link the file itself is found, also one without a name, and in a container.
  const file = await stat(link).catch(() => undefined);
  const deleted = target.endsWith(deletedMark) || target.startsWith('/memfd:');
  return {
    pid,
    path: deleted ? target.slice(0, target.endsWith(deletedMark) ? -deletedMark.length : undefined) : target,
    deleted,
    writtenAt: file && Math.max(file.mtimeMs, birthOf(file)),
  };
}

/** Where a file system does not know when a file was made, Node puts the change of its state in its place, or nothing. */
function birthOf({ birthtimeMs, ctimeMs }: { readonly birthtimeMs: number; readonly ctimeMs: number }): number {
  return birthtimeMs === ctimeMs ? 0 : birthtimeMs;
}
