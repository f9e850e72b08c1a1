// Frees what no release needs, by mark and sweep. What somebody asked for a short while ago stays, whoever that was:
// every question and every store makes a change time new, so no lock is shared with other processes.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../../base/digest.ts';
import { systemErrorCode } from '../../../base/errors.ts';
import type { Bytes } from '../../../base/units.ts';
import { removeTree } from '../../../platform/files.ts';
import { removeIfUntouchedSince } from '../../../platform/tree/blob-file.ts';
import type { Layout } from './layout.ts';
import { blobPath, digestOfName, listingPath, treePath } from './layout.ts';
import { readListing } from './listings.ts';
import type { Trees } from './trees.ts';

export interface PruneRequest {
  readonly layout: Layout;
  readonly trees: Trees;
  readonly keep: ReadonlySet<Digest>;
  /** Milliseconds since the epoch; what was touched later stays. */
  readonly before: number;
}

/** A build or an upload that began this long ago is not going on any more. */
const leftoverAge = 24 * 3_600_000;

/** Errors: `artifact_corrupt` when the listing of a kept tree is damaged – then nobody knows which contents it needs, and none is removed. */
export async function prune(request: PruneRequest): Promise<{ readonly trees: number; readonly bytes: Bytes }> {
  const { layout, before } = request;
  const names = [...(await namesIn(layout.listings)), ...(await namesIn(layout.trees))];
  const known = new Set(names.map(digestOfName).filter((digest) => digest !== undefined));
  const kept = new Set<Digest>();
  let [trees, bytes] = [0, 0];
  for (const digest of known) {
    const freed = request.keep.has(digest) ? undefined : await removeSnapshot(request, digest);
    if (freed === undefined) {
      kept.add(digest);
      continue;
    }
    trees += 1;
    bytes += freed;
  }
  bytes += await sweepBlobs(layout, await contentsOf(layout, kept), before);
  bytes += await sweepRests(layout, kept, before);
  return { trees, bytes };
}

/** Removes directory and listing unless one of them was touched; `undefined` when the snapshot stays. */
async function removeSnapshot({ layout, trees, before }: PruneRequest, digest: Digest): Promise<Bytes | undefined> {
  return trees.exclusively(digest, async () => {
    const [listing, tree] = [listingPath(layout, digest), treePath(layout, digest)];
    const youngest = Math.max(await changedAt(listing), await changedAt(tree));
    if (youngest >= before) return undefined;
    const freed = await bytesFreedWith(tree);
    await removeTree(tree);
    return freed + (removeIfUntouchedSince(listing, before) ?? 0);
  });
}

async function contentsOf(layout: Layout, kept: ReadonlySet<Digest>): Promise<ReadonlySet<string>> {
  const contents = new Set<string>();
  for (const digest of kept)
    for (const entry of (await readListing(layout, digest))?.entries ?? [])
      if (entry.kind === 'file') contents.add(blobPath(layout, entry.digest));
  return contents;
}

async function sweepBlobs(layout: Layout, marked: ReadonlySet<string>, before: number): Promise<Bytes> {
  let bytes = 0;
  for (const shard of await namesIn(layout.blobs))
    for (const name of await namesIn(join(layout.blobs, shard))) {
      const path = join(layout.blobs, shard, name);
      if (!marked.has(path)) bytes += removeIfUntouchedSince(path, before) ?? 0;
    }
  return bytes;
}

/** What crashes left half-made, and what was put aside from trees that are gone. */
async function sweepRests(layout: Layout, kept: ReadonlySet<Digest>, before: number): Promise<Bytes> {
  const making = (await namesIn(layout.trees)).filter((name) => name.endsWith('.making')).map((name) => join(layout.trees, name));
  const incoming = (await namesIn(layout.incoming)).map((name) => join(layout.incoming, name));
  const aside = (await namesIn(layout.aside)).filter((name) => !kept.has(digestOfName(name) ?? 'sha256:'));
  let bytes = 0;
  const sweep = async (path: string, olderThan: number) => {
    if ((await changedAt(path)) >= olderThan) return;
    bytes += await bytesFreedWith(path);
    await removeTree(path);
  };
  for (const path of [...making, ...incoming]) await sweep(path, before - leftoverAge);
  for (const name of aside) await sweep(join(layout.aside, name), before);
  return bytes;
}

/** The sizes of all files below a path that have no other name. */
async function bytesFreedWith(path: string): Promise<Bytes> {
  let bytes = 0;
  for (const child of await readdir(path, { withFileTypes: true, recursive: true }).catch(ifAbsent([]))) {
    const stats = child.isFile() ? await lstat(join(child.parentPath, child.name)).catch(ifAbsent(undefined)) : undefined;
    if (stats?.nlink === 1) bytes += stats.size;
  }
  return bytes;
}

/** Milliseconds since the epoch; 0 when there is nothing. */
async function changedAt(path: string): Promise<number> {
  return (await lstat(path).catch(ifAbsent(undefined)))?.ctimeMs ?? 0;
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(ifAbsent([]));
}

function ifAbsent<T>(instead: T): (error: unknown) => T {
  return (error) => {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return instead;
    throw error;
  };
}
