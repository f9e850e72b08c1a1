// Finds where the directory of a tree is no longer what its listing says.
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../../base/errors.ts';
import type { Tree, TreeEntry } from '../../../model/tree.ts';
import { forEachConcurrently } from '../../../platform/concurrent.ts';
import { byPath, parentOf } from '../../../platform/tree/entry.ts';
import type { FileStamp } from '../../../platform/tree/hash-file.ts';
import { hashContent, sameStamp, stampOf } from '../../../platform/tree/hash-file.ts';
import { isRacy } from '../../../platform/tree/stat-cache.ts';
import type { SnapshotDamage } from '../../../ports/artifacts.ts';

const readsAtOnce = 8;

/** The stamps of files whose content was right when it was read, by path in the tree. */
export type StampBook = Map<string, FileStamp>;

/**
 * All differences, by path. Every file is read unless `book` has its stamp: then one `lstat` is enough, because nobody who
 * writes can set a change time. Measured: 2,000 files of 8 KiB cost 50 ms instead of 1 s (two busy cores).
 */
export async function compareTree(root: string, tree: Tree, signal: AbortSignal, book: StampBook = new Map()): Promise<SnapshotDamage[]> {
  if (!(await isDirectory(root))) return [{ path: '', what: 'missing' }];
  const damages: SnapshotDamage[] = [];
  const sound = await soundDirectories(root, tree, damages, signal);
  const below = tree.entries.filter((entry) => entry.kind !== 'directory');
  await forEachConcurrently(below, readsAtOnce, signal, async (entry) => {
    const what = sound.has(parentOf(entry.path)) ? await damageOf(join(root, entry.path), entry, book, signal) : 'missing';
    if (what !== undefined) damages.push({ path: entry.path, what });
  });
  const listed = new Set(tree.entries.map(({ path }) => path));
  await forEachConcurrently(sound, readsAtOnce, signal, async (directory) => {
    for (const name of await readdir(join(root, directory))) {
      const path = directory === '' ? name : `${directory}/${name}`;
      if (!listed.has(path)) damages.push({ path, what: 'unexpected' });
    }
  });
  return damages.sort(byPath);
}

/** Directories that are there and lie in nothing but such; what is below any other (a link that took its place) counts as missing. */
async function soundDirectories(root: string, tree: Tree, damages: SnapshotDamage[], signal: AbortSignal): Promise<ReadonlySet<string>> {
  const sound = new Set(['']);
  for (const entry of tree.entries) {
    if (entry.kind !== 'directory') continue;
    const what = sound.has(parentOf(entry.path)) ? await damageOf(join(root, entry.path), entry, new Map(), signal) : 'missing';
    if (what === undefined) sound.add(entry.path);
    else damages.push({ path: entry.path, what });
  }
  return sound;
}

async function damageOf(path: string, entry: TreeEntry, book: StampBook, signal: AbortSignal): Promise<SnapshotDamage['what'] | undefined> {
  try {
    const stats = await lstat(path, { bigint: true });
    if (kindOf(stats) !== entry.kind) return 'kind';
    if (entry.kind === 'directory') return undefined;
    if (entry.kind === 'link') return (await readlink(path)) === entry.target ? undefined : 'target';
    const stamp = stampOf(stats);
    if (stamp.size !== entry.size || !(await hasContent(path, entry, stamp, book, signal))) return 'content';
    return ((stats.mode & 0o100n) !== 0n) === entry.executable ? undefined : 'executable';
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    // Taken away from us by a change of mode: as good as changed.
    if (code === 'EACCES') return 'content';
    throw error;
  }
}

async function hasContent(
  path: string,
  entry: Extract<TreeEntry, { kind: 'file' }>,
  stamp: FileStamp,
  book: StampBook,
  signal: AbortSignal,
): Promise<boolean> {
  const known = book.get(entry.path);
  if (known !== undefined && sameStamp(known, stamp)) return true;
  book.delete(entry.path);
  // The stamp was taken before the content was read: what is written meanwhile has another one.
  const racy = isRacy(stamp, Date.now());
  if ((await hashContent(path, signal)) !== entry.digest) return false;
  if (!racy) book.set(entry.path, stamp);
  return true;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function kindOf(stats: BigIntStats): TreeEntry['kind'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : undefined;
}
