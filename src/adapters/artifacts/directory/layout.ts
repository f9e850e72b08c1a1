// Where everything lies in the artifacts directory:
//
//   blobs/sha256/ab/cdef…      contents, read-only, named by their digest
//   listings/<hex>.json        what a tree consists of: canonical JSON, named by the digest of that text
//   trees/<hex>/               the directory of a tree, ready to run from; read-only; `<hex>.<random>.making` while it is built
//   incoming/<random>          contents that are still arriving
//   aside/<hex>.<random>/      what was found in a tree and does not belong there
import { join } from 'node:path';
import type { Digest } from '../../../base/digest.ts';
import { CodeError } from '../../../base/errors.ts';
import { randomText } from '../../../base/ids.ts';

export interface Layout {
  readonly blobs: string;
  readonly listings: string;
  readonly trees: string;
  readonly incoming: string;
  readonly aside: string;
}

export function layoutOf(directory: string): Layout {
  return {
    blobs: join(directory, 'blobs', 'sha256'),
    listings: join(directory, 'listings'),
    trees: join(directory, 'trees'),
    incoming: join(directory, 'incoming'),
    aside: join(directory, 'aside'),
  };
}

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
}

/** The 64 digits; refuses everything else, so that no digest from outside can name another path. */
export function hexOf(digest: Digest): string {
  if (isDigest(digest)) return digest.slice('sha256:'.length);
  throw new CodeError('input_invalid', `${JSON.stringify(digest)} is not a digest: expected sha256: and 64 hexadecimal digits.`);
}

export function blobDirectory(layout: Layout, digest: Digest): string {
  return join(layout.blobs, hexOf(digest).slice(0, 2));
}

export function blobPath(layout: Layout, digest: Digest): string {
  return join(blobDirectory(layout, digest), hexOf(digest).slice(2));
}

export function listingPath(layout: Layout, digest: Digest): string {
  return join(layout.listings, `${hexOf(digest)}.json`);
}

export function treePath(layout: Layout, digest: Digest): string {
  return join(layout.trees, hexOf(digest));
}

/** Beside the final place, because a directory without write permission cannot be renamed to another one. */
export function makingPath(layout: Layout, digest: Digest): string {
  return `${treePath(layout, digest)}.${randomText(8)}.making`;
}

export function asidePath(layout: Layout, digest: Digest): string {
  return join(layout.aside, `${hexOf(digest)}.${randomText(8)}`);
}

export function incomingPath(layout: Layout): string {
  return join(layout.incoming, randomText(16));
}

/** The digest that the name of a listing, a tree or a thing put aside begins with. */
export function digestOfName(name: string): Digest | undefined {
  const digest = `sha256:${name.split('.')[0] ?? ''}`;
  return isDigest(digest) ? digest : undefined;
}
