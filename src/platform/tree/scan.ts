// Reads a user's directory into a tree: what is in it, by digest. Nothing is copied and nothing is written but the stat cache.
import { join, resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { systemClock } from '../../base/clock.ts';
import type { Digest } from '../../base/digest.ts';
import type { Bytes, Duration } from '../../base/units.ts';
import { forEachConcurrently } from '../concurrent.ts';
import type { Entry, FileEntry } from './entry.ts';
import { byPath } from './entry.ts';
import type { HashFile } from './hash-file.ts';
import { hashFile } from './hash-file.ts';
import { refuseLeavingLinks } from './links.ts';
import type { StatLine } from './stat-cache.ts';
import { isRacy, knownDigest, loadStatCache, saveStatCache } from './stat-cache.ts';
import type { Found, FoundFile } from './walk.ts';
import { walk } from './walk.ts';

export interface ScanOptions {
  /** Further patterns to leave out, as in gitignore(5); they come after those of `.codeignore`. */
  readonly ignore?: readonly string[];
  /** Entries of any kind; default 200,000. */
  readonly maxFiles?: number;
  /** All files together; default 4 GiB. */
  readonly maxBytes?: Bytes;
  /** Where digests of unchanged files are remembered; absent: every file is read. */
  readonly cacheDirectory?: string;
  readonly clock?: Clock;
  /** The way to read a file; for those who want to count. */
  readonly hash?: HashFile;
}

export interface ScannedTree {
  /** Sorted entries; fits `Tree` of model/tree. */
  readonly tree: { readonly entries: readonly Entry[] };
  /** An absolute path to read each content from. */
  readonly files: ReadonlyMap<Digest, string>;
  readonly totalBytes: Bytes;
  readonly fileCount: number;
  readonly elapsed: Duration;
}

// Two per core of a small machine: one waits for the disk while the other is hashed.
const readsAtOnce = 8;

/**
 * Errors: `source_missing` (no such directory, or unreadable), `source_changed` (a file changed under the scan),
 * `input_invalid` (a link leaves the directory), `too_large`, `unsupported` (a name that cannot be kept).
 */
export async function scanDirectory(directory: string, options: ScanOptions, signal: AbortSignal): Promise<ScannedTree> {
  const begun = performance.now();
  const root = resolve(directory);
  const { maxFiles = 200_000, maxBytes = 4 * 2 ** 30 } = options;
  const found = await walk(root, { maxFiles, maxBytes, ignore: options.ignore ?? [] }, signal);
  refuseLeavingLinks(
    root,
    found.filter((entry) => entry.kind === 'link'),
  );
  const files = await digestFiles(root, found.filter(isFile), options, signal);
  const others = found.filter((entry) => entry.kind !== 'file');
  return {
    tree: { entries: [...others, ...files].sort(byPath) },
    files: new Map(files.map((file) => [file.digest, join(root, file.path)])),
    totalBytes: files.reduce((sum, file) => sum + file.size, 0),
    fileCount: files.length,
    elapsed: performance.now() - begun,
  };
}

async function digestFiles(
  root: string,
  found: readonly FoundFile[],
  { cacheDirectory, clock = systemClock, hash = hashFile }: ScanOptions,
  signal: AbortSignal,
): Promise<FileEntry[]> {
  const cache = cacheDirectory === undefined ? new Map() : await loadStatCache(cacheDirectory, root);
  const lines: StatLine[] = [];
  const files: FileEntry[] = [];
  let read = 0;
  await forEachConcurrently(found, readsAtOnce, signal, async ({ path, stamp, executable }) => {
    // Taken before the read: a write during it must find the stamp too young to be trusted next time.
    const now = clock.now();
    let digest = knownDigest(cache, path, stamp);
    if (digest === undefined) {
      read += 1;
      digest = await hash(join(root, path), stamp, signal);
    }
    files.push({ kind: 'file', path, digest, size: stamp.size, executable });
    if (!isRacy(stamp, now)) lines.push({ path, stamp, digest });
  });
  if (cacheDirectory !== undefined && (read > 0 || lines.length !== cache.size)) await saveStatCache(cacheDirectory, root, lines);
  return files;
}

function isFile(entry: Found): entry is FoundFile {
  return entry.kind === 'file';
}
