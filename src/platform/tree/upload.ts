// Takes what a scan found to where snapshots are kept; only contents that are not there yet travel.
import { createReadStream } from 'node:fs';
import type { Digest } from '../../base/digest.ts';
import { hasCode } from '../../base/errors.ts';
import type { Bytes } from '../../base/units.ts';
import { forEachConcurrently } from '../concurrent.ts';
import type { ScannedTree } from './scan.ts';
import { sourceChanged, sourceError } from './source-error.ts';

/** The part of ports/artifacts that an upload needs. */
export interface SnapshotSink {
  missing(digests: readonly Digest[]): Promise<readonly Digest[]>;
  putBlob(digest: Digest, content: AsyncIterable<Uint8Array>): Promise<void>;
  putTree(tree: ScannedTree['tree']): Promise<Digest>;
}

export interface Upload {
  /** The snapshot's digest. */
  readonly digest: Digest;
  /** Contents that were not there yet, and their size. */
  readonly blobs: number;
  readonly bytes: Bytes;
}

const uploadsAtOnce = 8;

/** Errors: `source_changed` (a file changed after the scan), and those of the sink (`disk_full`, `too_large`, …). */
export async function uploadTree(scanned: ScannedTree, sink: SnapshotSink, signal: AbortSignal): Promise<Upload> {
  const missing = await sink.missing([...scanned.files.keys()]);
  let bytes = 0;
  await forEachConcurrently(missing, uploadsAtOnce, signal, async (digest) => {
    const path = scanned.files.get(digest);
    if (path === undefined) return;
    const content = createReadStream(path, { signal });
    const count = async function* () {
      for await (const chunk of content) {
        bytes += (chunk as Uint8Array).length;
        yield chunk as Uint8Array;
      }
    };
    try {
      await sink.putBlob(digest, count());
    } catch (error) {
      // What the scan read and what the upload read differ: the user's file changed, nothing here is corrupt.
      if (hasCode(error, 'artifact_corrupt')) throw sourceChanged(path, error);
      throw sourceError(error, path);
    } finally {
      content.destroy();
    }
  });
  return { digest: await sink.putTree(scanned.tree), blobs: missing.length, bytes };
}
