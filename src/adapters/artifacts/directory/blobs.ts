// The contents: stored once, by digest, and found missing before a release needs them.
import type { BigIntStats } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import type { Digest } from '../../../base/digest.ts';
import { digestOf } from '../../../base/digest.ts';
import { CodeError, systemErrorCode } from '../../../base/errors.ts';
import type { Bytes } from '../../../base/units.ts';
import type { Tree } from '../../../model/tree.ts';
import { forEachConcurrently } from '../../../platform/concurrent.ts';
import { ensureDirectory, removeIfExists, syncDirectory } from '../../../platform/files.ts';
import { receiveBlob, touchIfExists } from '../../../platform/tree/blob-file.ts';
import { hashContent } from '../../../platform/tree/hash-file.ts';
import type { Layout } from './layout.ts';
import { blobDirectory, blobPath, incomingPath } from './layout.ts';

const looksAtOnce = 8;
const blobMode = 0o444;
const never = new AbortController().signal;

/**
 * What this process saw of contents that were whole: size, inode and modification time. Not the change time, which our own
 * touches and links make new; a forged modification time is found when the content is placed, which always reads it.
 */
export type BlobBook = Map<Digest, string>;

/**
 * Of these contents, those that are not here whole. Touches the others: `prune` leaves them until the tree that asks for them is stored.
 * A content that looks changed since it was last seen is read, and removed when it no longer has its digest: it travels again.
 */
export async function missingBlobs(layout: Layout, book: BlobBook, digests: readonly Digest[]): Promise<readonly Digest[]> {
  const missing = new Set<Digest>();
  const asked = new Set(digests);
  await forEachConcurrently(asked, looksAtOnce, undefined, async (digest) => {
    if (!(await touchIfExists(blobPath(layout, digest), blobMode)) || !(await isWhole(layout, book, digest))) missing.add(digest);
  });
  return [...asked].filter((digest) => missing.has(digest));
}

/** A content that no snapshot links to cannot have been written to by a service: it is believed when it is first seen. */
async function isWhole(layout: Layout, book: BlobBook, digest: Digest): Promise<boolean> {
  const stats = await statsOf(blobPath(layout, digest));
  if (stats === undefined) return false;
  const stamp = stampOf(stats);
  const known = book.get(digest);
  if (known !== stamp && (known !== undefined || stats.nlink > 1n) && (await removeIfChanged(layout, digest))) {
    book.delete(digest);
    return false;
  }
  book.set(digest, stamp);
  return true;
}

function stampOf({ size, ino, mtimeNs }: BigIntStats): string {
  return `${size}/${ino}/${mtimeNs}`;
}

async function removeIfChanged(layout: Layout, digest: Digest): Promise<boolean> {
  const path = blobPath(layout, digest);
  if ((await hashContent(path, never)) === digest) return false;
  await removeIfExists(path);
  return true;
}

export async function putBlob(layout: Layout, digest: Digest, content: AsyncIterable<Uint8Array>, maxBytes: Bytes): Promise<void> {
  const final = blobPath(layout, digest);
  if (await touchIfExists(final, blobMode)) return closeUnread(content);
  await ensureDirectory(layout.incoming);
  await ensureDirectory(blobDirectory(layout, digest));
  await receiveBlob({ digest, content, temporary: incomingPath(layout), final, maxBytes });
}

/** Errors: `artifact_missing`, and `artifact_corrupt` for a content that somebody wrote to. */
export async function readBlob(layout: Layout, digest: Digest): Promise<Uint8Array> {
  const path = blobPath(layout, digest);
  const content = await readFile(path).catch((thrown: unknown) => {
    throw systemErrorCode(thrown) === 'ENOENT' ? missingError(path, [digest]) : thrown;
  });
  if (digestOf(content) === digest) return content;
  throw new CodeError('artifact_corrupt', `The content ${path} is damaged: it no longer has the digest in its name.`, {
    hint: 'Deploy again from the source directory: that stores the content anew.',
    details: { digest, path },
  });
}

/** Refuses a tree whose contents are not all here with their sizes, and makes their names durable. Errors: `artifact_missing`, `input_invalid`. */
export async function requireBlobs(layout: Layout, book: BlobBook, tree: Tree): Promise<void> {
  const files = new Map(tree.entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.digest, entry] as const] : [])));
  const missing = await missingBlobs(layout, book, [...files.keys()]);
  const [first] = missing;
  if (first !== undefined) throw missingError(files.get(first)?.path ?? '', missing);
  const sizes = new Map<Digest, Bytes>();
  await forEachConcurrently(files.values(), looksAtOnce, undefined, async ({ digest, path, size }) => {
    const found = Number((await statsOf(blobPath(layout, digest)))?.size ?? -1);
    // Either the list is wrong or the content is; only the content's digest can tell.
    if (found !== size && (found === -1 || (await removeIfChanged(layout, digest)))) throw missingError(path, [digest]);
    sizes.set(digest, found);
  });
  for (const entry of tree.entries)
    if (entry.kind === 'file' && sizes.get(entry.digest) !== entry.size)
      throw new CodeError(
        'input_invalid',
        `${entry.path} is listed with ${entry.size} bytes, but its content has ${sizes.get(entry.digest)}.`,
      );
  const directories = new Set(Array.from(files.keys(), (digest) => blobDirectory(layout, digest)));
  await forEachConcurrently(directories, looksAtOnce, undefined, syncDirectory);
}

async function statsOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function missingError(path: string, missing: readonly Digest[]): CodeError {
  const more = missing.length > 1 ? ` (and ${missing.length - 1} more)` : '';
  return new CodeError('artifact_missing', `The content of ${path} (${missing[0]}) is not stored here${more}.`, {
    hint: 'Store the contents that `missing` names, then the tree.',
    details: { missing: missing.slice(0, 100), count: missing.length },
  });
}

/** Lets a stream go that nobody will read: an open file stays open otherwise. */
async function closeUnread(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content) break;
}
