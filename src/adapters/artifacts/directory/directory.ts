// Artifacts in a local directory: the store of snapshots for engines that run on one machine.
import type { Clock } from '../../../base/clock.ts';
import { systemClock } from '../../../base/clock.ts';
import type { Bytes, Duration } from '../../../base/units.ts';
import type { Artifacts } from '../../../ports/artifacts.ts';
import type { Log } from '../../../ports/log.ts';
import type { BlobBook } from './blobs.ts';
import { missingBlobs, putBlob, readBlob, requireBlobs } from './blobs.ts';
import { checkedTree } from './check-tree.ts';
import { layoutOf } from './layout.ts';
import { hasListing, requireListing, writeListing } from './listings.ts';
import { prune } from './prune.ts';
import { Trees } from './trees.ts';

export interface DirectoryArtifactsOptions {
  /** Made when it is missing; everything in it must be on one file system. */
  readonly directory: string;
  readonly log?: Log;
  readonly clock?: Clock;
  /** The largest single file; default 1 GiB. */
  readonly maxBlobBytes?: Bytes;
  /** All files of a tree together; default 64 GiB. */
  readonly maxBytes?: Bytes;
  /** The most entries of a tree; default 200,000. */
  readonly maxEntries?: number;
  /** How long `prune` leaves what was stored, asked for or materialised and is in no release yet; default 10 minutes. */
  readonly grace?: Duration;
}

export type DirectoryArtifacts = Artifacts & Required<Pick<Artifacts, 'verify' | 'repair' | 'readTree' | 'readBlob'>>;

/** Several processes may use one directory at once. Layout: see layout.ts. */
export function createDirectoryArtifacts(options: DirectoryArtifactsOptions): DirectoryArtifacts {
  const { clock = systemClock, maxBlobBytes = 2 ** 30, maxEntries = 200_000, maxBytes = 64 * 2 ** 30, grace = 600_000 } = options;
  const layout = layoutOf(options.directory);
  const book: BlobBook = new Map();
  const trees = new Trees(layout, options.log);
  return {
    missing: (digests) => missingBlobs(layout, book, digests),
    putBlob: async (digest, content) => {
      await putBlob(layout, digest, content, maxBlobBytes);
      await missingBlobs(layout, book, [digest]);
    },
    putTree: async (tree) => {
      const checked = checkedTree(tree, { maxEntries, maxBlobBytes, maxBytes });
      await requireBlobs(layout, book, checked);
      const digest = await writeListing(layout, checked);
      // A sweep that looked before this tree asked for its contents is over by now; had it taken one, this finds out.
      await requireBlobs(layout, book, checked);
      return digest;
    },
    hasTree: (digest) => hasListing(layout, digest),
    readTree: (digest) => requireListing(layout, digest),
    readBlob: (digest) => readBlob(layout, digest),
    materialise: (digest, signal) => trees.materialise(digest, signal),
    verify: (digest, signal) => trees.verify(digest, signal),
    repair: (digest, signal) => trees.repair(digest, signal),
    prune: (keep) => prune({ layout, trees, keep, before: clock.now() - grace }),
  };
}
