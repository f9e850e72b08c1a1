// Files that only their owner may read, and files that get their name only once they are finished.
import { chmod, link, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodeError, systemErrorCode } from '../base/errors.ts';
import { diskError, syncDirectory } from './files.ts';

/** Makes an empty file (0600), replacing what was there. Errors: `disk_full`, `home_unwritable`. */
export async function makePrivateFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    throw diskError(error, path);
  }
}

/** Makes a directory (0700). Where everybody may make one, such as /dev/shm, one that is there must be ours alone. Errors: `disk_full`, `home_unwritable`. */
export async function makePrivateDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw diskError(error, path);
    const found = await lstat(path);
    if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return;
    throw new CodeError('home_unwritable', `${path} was made by somebody else, or is open to others: no secret is put there.`, {
      hint: 'Look who made it, then remove it.',
    });
  }
}

/** Takes away what a file's mode grants to group and others. Errors: `home_unwritable`. */
export async function makeFilePrivate(path: string): Promise<void> {
  try {
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
  } catch (error) {
    throw diskError(error, path);
  }
}

/**
 * Gives a finished file its name, durably; does nothing when the name was taken meanwhile. Either way `from` is gone.
 * A hard link and not a rename, because a rename would replace the file of whoever was faster. Errors: `disk_full`, `home_unwritable`.
 */
export async function publishFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw diskError(error, to);
  } finally {
    await rm(from, { force: true });
  }
  await syncDirectory(dirname(to));
}

/** Whether there was anything to rename. Errors: `disk_full`, `home_unwritable`. */
export async function renameIfExists(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw diskError(error, from);
  }
}
