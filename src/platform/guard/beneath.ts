// Opens what lies below a directory without following a link on the way, at any moment: each name is opened in the directory opened before it
// (openat(2) with O_NOFOLLOW, through /proc/self/fd), so that nobody can put a link there between a check and its use (CWE-367).
import type { FileHandle } from 'node:fs/promises';
import { constants, lstat, open } from 'node:fs/promises';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { strangerPathProblem } from './path.ts';

/** Linux: a place to go on from, whether or not it may be read (open(2)). */
const placeOnly = 0o10000000;
const rootFlags = placeOnly | constants.O_DIRECTORY;
const directoryFlags = rootFlags | constants.O_NOFOLLOW;
// A pipe or a device in the file's place must not be waited for.
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** An open directory: what is done below `path` happens in it, wherever its name leads meanwhile. */
export interface OpenDirectory {
  readonly path: string;
  close(): Promise<void>;
}

/**
 * The directory `path` (relative, '' for the root itself) below `root`, which is trusted.
 * Errors: `denied` where a link is on the way, those of the system otherwise.
 */
export async function openDirectoryBeneath(root: string, path: string): Promise<OpenDirectory> {
  let directory = await open(root, rootFlags);
  try {
    for (const name of path.split('/').filter(Boolean)) {
      const next = await openAt(directory, name, directoryFlags, path);
      await directory.close();
      directory = next;
    }
  } catch (error) {
    await directory.close();
    throw error;
  }
  return { path: pathOf(directory), close: () => directory.close() };
}

/** A plain file below `root`, to be read. Errors: `input_invalid` (no path below a directory), `denied` (a link on the way, or no plain file), the system's. */
export async function openBeneath(root: string, path: string): Promise<FileHandle> {
  const problem = strangerPathProblem(path);
  if (problem !== undefined) throw new CodeError('input_invalid', `${JSON.stringify(path)} is refused: ${problem}.`);
  const slash = path.lastIndexOf('/');
  const directory = await openDirectoryBeneath(root, path.slice(0, Math.max(0, slash)));
  try {
    const file = await openIn(directory.path, path.slice(slash + 1), fileFlags, path);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw refusal(path, 'is no plain file');
  } finally {
    await directory.close();
  }
}

function openAt(directory: FileHandle, name: string, flags: number, path: string): Promise<FileHandle> {
  return openIn(pathOf(directory), name, flags, path);
}

async function openIn(directory: string, name: string, flags: number, path: string): Promise<FileHandle> {
  if (name === '..' || name === '.') throw refusal(path, 'leaves its directory');
  const place = `${directory}/${name}`;
  try {
    return await open(place, flags);
  } catch (error) {
    const code = systemErrorCode(error);
    // With O_DIRECTORY a link is ENOTDIR, as a file is.
    const isLink = code === 'ELOOP' || (code === 'ENOTDIR' && (await lstat(place).catch(() => undefined))?.isSymbolicLink());
    if (isLink) throw refusal(path, `leads through a link (${name})`, error);
    // Of a socket.
    throw code === 'ENXIO' ? refusal(path, 'is no plain file', error) : error;
  }
}

function pathOf(directory: FileHandle): string {
  return `/proc/self/fd/${directory.fd}`;
}

function refusal(path: string, why: string, cause?: unknown): CodeError {
  return new CodeError('denied', `${JSON.stringify(path)} is not opened: it ${why}.`, {
    hint: 'Replace the link by what it leads to.',
    details: { path },
    cause,
  });
}
