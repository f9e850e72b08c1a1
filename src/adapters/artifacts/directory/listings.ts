// Listings: what each stored tree consists of.
import type { Digest } from '../../../base/digest.ts';
import { canonicalJson, digestOf } from '../../../base/digest.ts';
import { CodeError } from '../../../base/errors.ts';
import type { Tree } from '../../../model/tree.ts';
import { ensureDirectory, readFileIfExists, writeFileAtomic } from '../../../platform/files.ts';
import { touchIfExists } from '../../../platform/tree/blob-file.ts';
import type { Layout } from './layout.ts';
import { listingPath } from './layout.ts';

const listingMode = 0o400;

export async function writeListing(layout: Layout, tree: Tree): Promise<Digest> {
  const text = canonicalJson(tree);
  const digest = digestOf(text);
  await ensureDirectory(layout.listings);
  await writeFileAtomic(listingPath(layout, digest), text, listingMode);
  return digest;
}

/** Whether a tree is stored; one that is asked for is not swept for a while. */
export function hasListing(layout: Layout, digest: Digest): Promise<boolean> {
  return touchIfExists(listingPath(layout, digest), listingMode);
}

/** `undefined` when there is none. Errors: `artifact_corrupt`. */
export async function readListing(layout: Layout, digest: Digest): Promise<Tree | undefined> {
  const path = listingPath(layout, digest);
  const text = await readFileIfExists(path);
  if (text === undefined) return undefined;
  if (digestOf(text) === digest) return JSON.parse(text) as Tree;
  throw new CodeError('artifact_corrupt', `The listing ${path} is damaged: its text no longer has the digest in its name.`, {
    hint: 'Deploy again from the source directory: that stores the snapshot anew.',
    details: { digest, path },
  });
}

/** Errors: `artifact_missing`, `artifact_corrupt`. */
export async function requireListing(layout: Layout, digest: Digest): Promise<Tree> {
  const tree = await readListing(layout, digest);
  if (tree !== undefined) return tree;
  throw new CodeError('artifact_missing', `The snapshot ${digest} is not stored here.`, {
    hint: 'Deploy again from the source directory, or roll back to a release that `codectl history` lists.',
    details: { digest },
  });
}
