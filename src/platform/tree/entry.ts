// What a directory consists of, as the platform sees it: the same shape as the entries of model/tree, which this floor may not look up to.
import type { Digest } from '../../base/digest.ts';
import type { Bytes } from '../../base/units.ts';

export type Entry = FileEntry | LinkEntry | DirectoryEntry;

/** Paths are relative and use `/`. */
export interface FileEntry {
  readonly kind: 'file';
  readonly path: string;
  readonly digest: Digest;
  readonly size: Bytes;
  readonly executable: boolean;
}

export interface LinkEntry {
  readonly kind: 'link';
  readonly path: string;
  readonly target: string;
}

export interface DirectoryEntry {
  readonly kind: 'directory';
  readonly path: string;
}

/** The order of entries in a tree: by code units, so that a directory comes before what is in it. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  if (a.path === b.path) return 0;
  return a.path < b.path ? -1 : 1;
}

/** The path of the directory that a path is in; empty for the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}
