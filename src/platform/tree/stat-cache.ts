// Remembers the digests of files by their stamps, so that a big tree that did not change is scanned without reading it.
import { join } from 'node:path';
import type { Digest } from '../../base/digest.ts';
import { digestOf, shortDigest } from '../../base/digest.ts';
import { asCodeError } from '../../base/errors.ts';
import { ensureDirectory, readFileIfExists, writeFileAtomic } from '../files.ts';
import type { FileStamp } from './hash-file.ts';
import { sameStamp } from './hash-file.ts';

export interface StatLine {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly digest: Digest;
}

type Kept = readonly [path: string, size: number, mtimeNs: string, ctimeNs: string, inode: string, digest: Digest];

/**
 * A file written twice within one tick of its clock keeps its stamp, so a stamp that is younger than the coarsest clock
 * in use (2 s on FAT) proves nothing: the "racy git" problem, https://git-scm.com/docs/racy-git.
 */
const racyNs = 2_000_000_000n;

export function isRacy(stamp: FileStamp, nowMs: number): boolean {
  const youngest = stamp.mtimeNs > stamp.ctimeNs ? stamp.mtimeNs : stamp.ctimeNs;
  return youngest > BigInt(Math.floor(nowMs)) * 1_000_000n - racyNs;
}

/** What is known of a root, by path. An unreadable or foreign cache counts as empty: it only costs time. */
export async function loadStatCache(directory: string, root: string): Promise<ReadonlyMap<string, StatLine>> {
  try {
    const kept: unknown = JSON.parse((await readFileIfExists(cachePath(directory, root))) ?? 'null');
    if (typeof kept !== 'object' || kept === null || !('root' in kept) || kept.root !== root) return new Map();
    if (!('files' in kept) || !Array.isArray(kept.files)) return new Map();
    return new Map((kept.files as Kept[]).map((line) => [line[0], lineOf(line)]));
  } catch {
    return new Map();
  }
}

export function knownDigest(cache: ReadonlyMap<string, StatLine>, path: string, stamp: FileStamp): Digest | undefined {
  const line = cache.get(path);
  return line !== undefined && sameStamp(line.stamp, stamp) ? line.digest : undefined;
}

/** A disk that refuses the cache does not refuse the scan; what needs the disk next will say so itself. */
export async function saveStatCache(directory: string, root: string, lines: Iterable<StatLine>): Promise<void> {
  const files: Kept[] = Array.from(lines, ({ path, stamp, digest }) => [
    path,
    stamp.size,
    String(stamp.mtimeNs),
    String(stamp.ctimeNs),
    String(stamp.inode),
    digest,
  ]);
  try {
    await ensureDirectory(directory);
    await writeFileAtomic(cachePath(directory, root), JSON.stringify({ root, files }));
  } catch (error) {
    if (asCodeError(error).kind !== 'unavailable') throw error;
  }
}

function cachePath(directory: string, root: string): string {
  return join(directory, `${shortDigest(digestOf(root), 32)}.json`);
}

function lineOf([path, size, mtimeNs, ctimeNs, inode, digest]: Kept): StatLine {
  return { path, stamp: { size, mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs), inode: BigInt(inode) }, digest };
}
