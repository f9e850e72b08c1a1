// Files of the engine itself: written whole or not at all, and a disk that refuses is named together with the next step.
import { appendFileSync } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CodeError, systemErrorCode } from '../base/errors.ts';
import { randomText } from '../base/ids.ts';

/**
 * Makes a directory and its missing parents; one that is there is left as it is. The mode applies to what is created.
 * Errors: `disk_full`, `home_unwritable` (also when something that is no directory is in the way).
 */
export async function ensureDirectory(path: string, mode = 0o700): Promise<void> {
  try {
    await makeEach(path, mode);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw diskError(error, path);
    throw new CodeError('home_unwritable', `${path} cannot be a directory: a file is in the way.`, {
      hint: 'Move that file away or choose another directory with --home.',
      details: { path },
      cause: error,
    });
  }
}

/**
 * Node's own `recursive` hides the reason: it says ENOENT on a read-only disk, and never ends below a directory (of /proc) where names can
 * neither be found nor made.
 */
async function makeEach(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeEach(dirname(path), mode);
    // Somebody else may have made it meanwhile.
    await mkdir(path, { mode }).catch((again: unknown) => {
      if (systemErrorCode(again) !== 'EEXIST') throw again;
    });
  }
}

/**
 * Replaces a file so that readers, and a machine that loses power, see the old content or the new, never a part of it.
 * The directory must exist. A crash half-way can leave a `.<name>.<random>.tmp` beside the file; it is never read.
 * Errors: `disk_full`, `home_unwritable`; the old content is then untouched.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomText(8)}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(directory);
  } catch (error) {
    // What went wrong first is what the caller must hear; a rest that cannot be removed either is harmless.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw diskError(error, path);
  }
}

/**
 * Adds one line to a file (0600), making it when it is missing; line and name survive a loss of power.
 * The line feed comes first as well, so that a line which a crash left unfinished spoils only itself. Errors: `disk_full`, `home_unwritable`.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  try {
    const file = await open(path, 'a', 0o600);
    try {
      await file.write(`\n${line}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncDirectory(dirname(path));
  } catch (error) {
    throw diskError(error, path);
  }
}

/** The same at once, for whoever writes often and can bear to lose the last lines: into memory, which takes less than to hand it to a thread. */
export function appendLineNow(path: string, line: string): void {
  try {
    appendFileSync(path, `\n${line}\n`, { mode: 0o600 });
  } catch (error) {
    throw diskError(error, path);
  }
}

/** The text of a file, `undefined` when there is none. */
export async function readFileIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw diskError(error, path);
  }
}

/** Removes one file or link; says whether it was there. */
export async function removeIfExists(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw diskError(error, path);
  }
}

/** Removes a directory with everything in it, read-only directories too; links are removed, never followed. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (systemErrorCode(error) !== 'EACCES') throw diskError(error, path);
    try {
      await makeWritable(path);
      await rm(path, { recursive: true, force: true });
    } catch (again) {
      throw diskError(again, path);
    }
  }
}

/** Gives a finished directory its name; `false` when something with content has that name already. */
export async function renameDirectory(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw diskError(error, to);
  }
}

/** Makes names in a directory (a rename, a new file) durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Translates a refusal of the file system to `disk_full` or `home_unwritable`; anything else is returned as it came. */
export function diskError(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  const details = { path, system: code };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const what = code === 'EDQUOT' ? 'the disk quota is used up' : 'no space is left on the device';
    const hint = `Free space on the file system of ${dirname(path)} (df -h ${dirname(path)}), then try again.`;
    return new CodeError('disk_full', `${path} cannot be written: ${what}.`, { hint, details, cause: error });
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    const what = code === 'EROFS' ? 'the file system is read-only' : 'permission is denied';
    const hint = `Give this user the right to use ${dirname(path)}, or choose another directory with --home.`;
    return new CodeError('home_unwritable', `${path} cannot be used: ${what}.`, { hint, details, cause: error });
  }
  return error;
}

async function makeWritable(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isDirectory()) await makeWritable(join(directory, entry.name));
}
