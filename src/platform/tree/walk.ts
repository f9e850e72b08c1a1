// Finds everything below a directory, level by level, without reading any file's content.
import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { formatBytes } from '../../base/units.ts';
import { forEachConcurrently } from '../concurrent.ts';
import { isWithin, nameProblem } from '../guard/path.ts';
import type { DirectoryEntry, LinkEntry } from './entry.ts';
import { parentOf } from './entry.ts';
import type { FileStamp } from './hash-file.ts';
import { stampOf } from './hash-file.ts';
import { ignoreFileName, readIgnoreRules } from './ignore-rules.ts';
import { sourceError } from './source-error.ts';

export interface FoundFile {
  readonly kind: 'file';
  readonly path: string;
  readonly stamp: FileStamp;
  readonly executable: boolean;
}

export type Found = FoundFile | LinkEntry | DirectoryEntry;

export interface WalkOptions {
  /** Patterns to leave out besides those of `.codeignore`. */
  readonly ignore: readonly string[];
  /** Entries of any kind. */
  readonly maxFiles: number;
  readonly maxBytes: number;
}

const directoriesAtOnce = 4;

/** Errors: `source_missing`, `source_changed`, `too_large`, `unsupported` (a name that cannot be kept). Sockets, pipes and devices are left out. */
export async function walk(root: string, options: WalkOptions, signal: AbortSignal): Promise<Found[]> {
  const ignored = await readIgnoreRules(root, options.ignore);
  const found: Found[] = [];
  let bytes = 0;
  const add = (entry: Found) => {
    found.push(entry);
    if (entry.kind === 'file') bytes += entry.stamp.size;
    if (found.length > options.maxFiles) throw tooLarge(root, `more than ${options.maxFiles} files`);
    if (bytes > options.maxBytes) throw tooLarge(root, `more than ${formatBytes(options.maxBytes)}`);
  };
  for (let level = ['']; level.length > 0; ) {
    const below: string[] = [];
    await forEachConcurrently(level, directoriesAtOnce, signal, async (directory) => {
      for (const child of await childrenOf(root, directory)) {
        const path = directory === '' ? child.name : `${directory}/${child.name}`;
        if (ignored(path, child.isDirectory())) continue;
        const entry = await entryOf(root, path, child);
        if (entry === undefined) continue;
        add(entry);
        if (entry.kind === 'directory') below.push(path);
      }
    });
    level = below;
  }
  return found;
}

async function childrenOf(root: string, directory: string): Promise<Dirent[]> {
  try {
    return await readdir(join(root, directory), { withFileTypes: true });
  } catch (error) {
    if (directory !== '' || systemErrorCode(error) === 'EACCES') throw sourceError(error, join(root, directory));
    const what = systemErrorCode(error) === 'ENOTDIR' ? 'is not a directory' : 'does not exist';
    throw new CodeError('source_missing', `The directory ${root} ${what}.`, {
      hint: 'Correct `directory` in the manifest; it is relative to the manifest itself.',
      details: { path: root },
      cause: error,
    });
  }
}

async function entryOf(root: string, path: string, child: Dirent): Promise<Found | undefined> {
  refuseUnkeepableName(root, path);
  try {
    if (child.isDirectory()) return { kind: 'directory', path };
    if (child.isSymbolicLink()) return { kind: 'link', path, target: await relativeTarget(root, path) };
    if (!child.isFile()) return undefined;
    const stats = await lstat(join(root, path), { bigint: true });
    return { kind: 'file', path, stamp: stampOf(stats), executable: (stats.mode & 0o100n) !== 0n };
  } catch (error) {
    throw sourceError(error, join(root, path));
  }
}

/** An absolute target inside the root would lead back to the source from every snapshot; the same place is named relatively. */
async function relativeTarget(root: string, path: string): Promise<string> {
  const target = await readlink(join(root, path));
  if (!isAbsolute(target) || !isWithin(root, target)) return target;
  return relative(join(root, parentOf(path)), target) || '.';
}

/** What no store of snapshots takes is said before anything travels. */
function refuseUnkeepableName(root: string, path: string): void {
  const problem = path.includes('\uFFFD') ? 'it has bytes that are not UTF-8 in its name' : nameProblem(path);
  if (problem === undefined) return;
  throw new CodeError('unsupported', `${JSON.stringify(join(root, path))} cannot be kept: ${problem}.`, {
    hint: `Rename it, or name it in ${ignoreFileName}.`,
    details: { path },
  });
}

function tooLarge(root: string, what: string): CodeError {
  return new CodeError('too_large', `${root} holds ${what}.`, {
    hint: `Name what the service does not need in ${join(root, ignoreFileName)}, one pattern a line.`,
    details: { path: root },
  });
}
