// The contents: stored once, by digest, and found missing before a release needs them.
import { lstat } from 'node:fs/promises';
import type { Digest } from '../../../base/digest.ts';
import { CodeError, systemErrorCode } from '../../../base/errors.ts';
import type { Bytes } from '../../../base/units.ts';
import type { Tree } from '../../../model/tree.ts';
import { forEachConcurrently } from '../../../platform/concurrent.ts';
import { ensureDirectory, syncDirectory } from '../../../platform/files.ts';
import { receiveBlob, touchIfExists } from '../../../platform/tree/blob-file.ts';
import type { Layout } from './layout.ts';
import { blobDirectory, blobPath, incomingPath } from './layout.ts';

const looksAtOnce = 8;
const blobMode = 0o444;

/** Of these contents, those that are not here. Touches the others: `prune` leaves them until the tree that asks for them is stored. */
export async function missingBlobs(layout: Layout, digests: readonly Digest[]): Promise<readonly Digest[]> {
  const missing = new Set<Digest>();
  const asked = new Set(digests);
  await forEachConcurrently(asked, looksAtOnce, undefined, async (digest) => {
    if (!(await touchIfExists(blobPath(layout, digest), blobMode))) missing.add(digest);
  });
  return [...asked].filter((digest) => missing.has(digest));
}

export async function putBlob(layout: Layout, digest: Digest, content: AsyncIterable<Uint8Array>, maxBytes: Bytes): Promise<void> {
  const final = blobPath(layout, digest);
  if (await touchIfExists(final, blobMode)) return closeUnread(content);
  await ensureDirectory(layout.incoming);
  await ensureDirectory(blobDirectory(layout, digest));
  await receiveBlob({ digest, content, temporary: incomingPath(layout), final, maxBytes });
}

/** Refuses a tree whose contents are not all here with their sizes, and makes their names durable. Errors: `artifact_missing`, `input_invalid`. */
export async function requireBlobs(layout: Layout, tree: Tree): Promise<void> {
  const files = new Map(tree.entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.digest, entry] as const] : [])));
  const missing = await missingBlobs(layout, [...files.keys()]);
  const [first] = missing;
  if (first !== undefined) throw missingError(files.get(first)?.path ?? '', missing);
  const sizes = new Map<Digest, Bytes>();
  await forEachConcurrently(files.keys(), looksAtOnce, undefined, async (digest) => {
    sizes.set(digest, await sizeOf(blobPath(layout, digest)));
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

/** -1 when it is gone. */
async function sizeOf(path: string): Promise<Bytes> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return -1;
    throw error;
  }
}

function missingError(path: string, missing: readonly Digest[]): CodeError {
  const more = missing.length > 1 ? ` (and ${missing.length - 1} more)` : '';
  return new CodeError('artifact_missing', `The content of ${path} (${missing[0]}) was never stored${more}.`, {
    hint: 'Store the contents that `missing` names, then the tree.',
    details: { missing: missing.slice(0, 100), count: missing.length },
  });
}

/** Lets a stream go that nobody will read: an open file stays open otherwise. */
async function closeUnread(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content) break;
}
