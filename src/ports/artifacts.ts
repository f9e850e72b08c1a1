// Content-addressed storage of what releases are made from: blobs by digest, trees of blobs, and directories made from them.
import type { Digest } from '../base/digest.ts';
import type { Bytes } from '../base/units.ts';
import type { Tree } from '../model/tree.ts';

/** Where a directory made from a tree is no longer what the tree says; an empty path is the directory itself. */
export interface SnapshotDamage {
  readonly path: string;
  readonly what: 'missing' | 'unexpected' | 'kind' | 'content' | 'executable' | 'target';
}

export interface Artifacts {
  /** Of these blobs, those that are not here yet. */
  missing(digests: readonly Digest[]): Promise<readonly Digest[]>;
  /** Stores one blob; refuses content that does not match its digest (`artifact_corrupt`). Idempotent. */
  putBlob(digest: Digest, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Stores a tree whose blobs are all here (`artifact_missing` otherwise); returns its digest. */
  putTree(tree: Tree): Promise<Digest>;
  hasTree(digest: Digest): Promise<boolean>;
  /** What a tree consists of. Errors: `artifact_missing`, `artifact_corrupt`. */
  readTree?(digest: Digest): Promise<Tree>;
  /** A content, which has its digest. Errors: `artifact_missing`, `artifact_corrupt`. */
  readBlob?(digest: Digest): Promise<Uint8Array>;
  /** Makes the directory of a tree, once, and returns its path. Errors: `artifact_missing`, `disk_full`. */
  materialise(digest: Digest, signal: AbortSignal): Promise<string>;
  /** Reads a materialised directory whole and returns the first path, in order, that differs from its tree. Errors: `artifact_missing`. */
  verify?(digest: Digest, signal: AbortSignal): Promise<SnapshotDamage | undefined>;
  /** Mends a materialised directory in place from stored contents; returns what it mended. Errors: `artifact_corrupt`, `artifact_missing`, `disk_full`. */
  repair?(digest: Digest, signal: AbortSignal): Promise<readonly SnapshotDamage[]>;
  /** Removes trees that are not in `keep`, and blobs that no kept tree names; returns what was freed. */
  prune(keep: ReadonlySet<Digest>): Promise<{ readonly trees: number; readonly bytes: Bytes }>;
}
