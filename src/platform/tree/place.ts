// Puts one stored content at a path of a directory that is being made: by reference where that is safe, else by copy.
import { constants } from 'node:fs';
import { chmod, copyFile, link, rm } from 'node:fs/promises';
import type { Digest } from '../../base/digest.ts';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { diskError } from '../files.ts';
import type { FileEntry } from './entry.ts';
import { hashContent } from './hash-file.ts';

export type Placement = 'reflinked' | 'linked' | 'copied';

export interface PlaceRequest {
  readonly entry: FileEntry;
  /** Where the content is stored. */
  readonly blob: string;
  /** Must not exist. */
  readonly target: string;
  /** Whether a hard link will do when the file system cannot share blocks. */
  readonly mayLink: boolean;
}

export type Place = (request: PlaceRequest, signal: AbortSignal) => Promise<Placement>;

const noReflink = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY']);
// EMLINK: ext4 keeps at most 65,000 names of one inode, and every package has the same empty file.
const noLink = new Set(['EMLINK', 'EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Remembers whether the file system shares blocks (reflinks: Btrfs, XFS), so that it is asked once. Every content is hashed
 * before it is placed: what was damaged on disk never reaches a service.
 * Errors: `artifact_missing`, `artifact_corrupt` (details: digest), `disk_full`, `home_unwritable`.
 */
export function createPlacer(): Place {
  let reflinks = true;
  return async (request, signal) => {
    await verifyBlob(request.blob, request.entry, signal);
    try {
      if (reflinks) {
        if (await reflink(request)) return 'reflinked';
        reflinks = false;
      }
      // An executable needs a mode of its own, and a mode belongs to the inode.
      if (request.mayLink && !request.entry.executable && (await hardLink(request))) return 'linked';
      await copyFile(request.blob, request.target, constants.COPYFILE_EXCL);
      await finish(request);
      return 'copied';
    } catch (error) {
      throw diskError(error, request.target);
    }
  };
}

async function verifyBlob(blob: string, { digest, path }: FileEntry, signal: AbortSignal): Promise<void> {
  const hint = 'Deploy again from the source directory: that stores the content anew.';
  let found: Digest;
  try {
    found = await hashContent(blob, signal);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw diskError(error, blob);
    const message = `The content of ${path} (${digest}) is not stored here.`;
    throw new CodeError('artifact_missing', message, { hint, details: { path, digest }, cause: error });
  }
  if (found === digest) return;
  throw new CodeError('artifact_corrupt', `The stored content of ${path} is damaged: expected ${digest}, found ${found}.`, {
    hint,
    details: { path, digest, found },
  });
}

async function reflink(request: PlaceRequest): Promise<boolean> {
  try {
    await copyFile(request.blob, request.target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
  } catch (error) {
    if (!noReflink.has(systemErrorCode(error) ?? '')) throw error;
    await rm(request.target, { force: true });
    return false;
  }
  await finish(request);
  return true;
}

async function hardLink({ blob, target }: PlaceRequest): Promise<boolean> {
  try {
    await link(blob, target);
    return true;
  } catch (error) {
    if (noLink.has(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}

async function finish({ entry, target }: PlaceRequest): Promise<void> {
  await chmod(target, entry.executable ? 0o555 : 0o444);
}
