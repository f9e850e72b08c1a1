// One content under its digest: received through a temporary file, so that what has the final name is whole, right and durable.
import { createHash } from 'node:crypto';
import { lstatSync, unlinkSync } from 'node:fs';
import { chmod, open, rename, rm } from 'node:fs/promises';
import type { Digest } from '../../base/digest.ts';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import type { Bytes } from '../../base/units.ts';
import { formatBytes } from '../../base/units.ts';
import { diskError } from '../files.ts';

export interface BlobRequest {
  readonly digest: Digest;
  readonly content: AsyncIterable<Uint8Array>;
  /** A path nobody else uses, on the same file system as `final`. */
  readonly temporary: string;
  readonly final: string;
  readonly maxBytes: Bytes;
}

/**
 * Contents are read-only for everybody: they are shared by hard links. The name itself becomes durable with the directory
 * (`syncDirectory`), once for many blobs. Errors: `artifact_corrupt`, `too_large`, `disk_full`, `home_unwritable`; nothing is left then.
 */
export async function receiveBlob(request: BlobRequest): Promise<void> {
  try {
    await writeVerified(request);
    await rename(request.temporary, request.final);
  } catch (error) {
    // What went wrong first is what the caller must hear; a rest that stays is swept with the leftovers of crashes.
    await rm(request.temporary, { force: true }).catch(() => undefined);
    throw diskError(error, request.final);
  }
}

async function writeVerified({ digest, content, temporary, maxBytes }: BlobRequest): Promise<void> {
  const hash = createHash('sha256');
  const file = await open(temporary, 'wx', 0o444);
  try {
    let bytes = 0;
    for await (const chunk of content) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(digest, maxBytes);
      hash.update(chunk);
      await file.appendFile(chunk);
    }
    const found: Digest = `sha256:${hash.digest('hex')}`;
    if (found !== digest) throw mismatch(digest, found);
    // The mode of `open` is subject to the umask; other users of the machine may be the ones who run the service.
    await file.chmod(0o444);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes the inode's change time new (and nothing else: web servers make validators of the modification time), which keeps
 * it from being swept for a while. Says whether it is there.
 */
export async function touchIfExists(path: string, mode: number): Promise<boolean> {
  try {
    await chmod(path, mode);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw diskError(error, path);
  }
}

/**
 * Removes a file whose inode has not changed since `before` (milliseconds since the epoch); returns the bytes that this freed,
 * `undefined` when it stayed. Synchronous on purpose: nothing of this process comes between the look and the removal.
 */
export function removeIfUntouchedSince(path: string, before: number): Bytes | undefined {
  try {
    const stats = lstatSync(path);
    if (stats.ctimeMs >= before) return undefined;
    unlinkSync(path);
    return stats.nlink === 1 ? stats.size : 0;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw diskError(error, path);
  }
}

function tooLarge(digest: Digest, maxBytes: Bytes): CodeError {
  return new CodeError('too_large', `The file with digest ${digest} is larger than ${formatBytes(maxBytes)}.`, {
    hint: 'Keep large data in a volume, or name the file in .codeignore.',
    details: { digest, maxBytes },
  });
}

function mismatch(expected: Digest, found: Digest): CodeError {
  return new CodeError('artifact_corrupt', `What was sent as ${expected} has the digest ${found}.`, {
    hint: 'Send the content again.',
    details: { expected, found },
  });
}
