// A snapshotted directory as data: what it contains, by digest.
import type { Digest } from '../base/digest.ts';
import type { Bytes } from '../base/units.ts';

/** One path of a snapshotted directory. */
export type TreeEntry =
  | { readonly kind: 'file'; readonly path: string; readonly digest: Digest; readonly size: Bytes; readonly executable: boolean }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory'; readonly path: string };

/** A directory's content; its digest is that of its canonical JSON. Paths are relative, use `/`, and are sorted. */
export interface Tree {
  readonly entries: readonly TreeEntry[];
}
