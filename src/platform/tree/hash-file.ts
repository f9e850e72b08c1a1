// SHA-256 of files, streamed, and the proof that a file did not change meanwhile.
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { Digest } from '../../base/digest.ts';
import { sourceChanged, sourceError } from './source-error.ts';

/** What tells one content of a file from the next without reading it; times in nanoseconds. */
export interface FileStamp {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
}

/** Reads a whole file whose stamp is known; errors: `source_changed`, `source_missing`. */
export type HashFile = (path: string, stamp: FileStamp, signal: AbortSignal) => Promise<Digest>;

/** One read of this many bytes keeps the hash busy and the event loop free (below a millisecond of hashing). */
const chunkBytes = 256 * 1024;

// A link or a pipe that took the file's place must neither be followed nor waited for.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export function stampOf(stats: BigIntStats): FileStamp {
  return { size: Number(stats.size), mtimeNs: stats.mtimeNs, ctimeNs: stats.ctimeNs, inode: stats.ino };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode;
}

export const hashFile: HashFile = async (path, stamp, signal) => {
  try {
    const file = await open(path, readFlags);
    try {
      const { digest, bytes } = await digestOfOpenFile(file, stamp.size, signal);
      const after = stampOf(await file.stat({ bigint: true }));
      if (bytes !== stamp.size || !sameStamp(stamp, after)) throw sourceChanged(path);
      return digest;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw sourceError(error, path);
  }
};

/** The digest of whatever a file holds now. System errors come as they are. */
export async function hashContent(path: string, signal: AbortSignal): Promise<Digest> {
  const file = await open(path, readFlags);
  try {
    const { size } = await file.stat();
    return (await digestOfOpenFile(file, size, signal)).digest;
  } finally {
    await file.close();
  }
}

async function digestOfOpenFile(file: FileHandle, size: number, signal: AbortSignal): Promise<{ digest: Digest; bytes: number }> {
  const hash = createHash('sha256');
  // One byte more than expected, so that the end is seen by the first read of a small file that did not grow.
  const buffer = Buffer.allocUnsafe(Math.min(size + 1, chunkBytes));
  let bytes = 0;
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, buffer.length, bytes);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
    if (bytesRead < buffer.length && bytes === size) break;
  }
  return { digest: `sha256:${hash.digest('hex')}`, bytes };
}
