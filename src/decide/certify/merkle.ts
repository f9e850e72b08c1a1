// One digest for a whole bundle of evidence: a Merkle tree over its exhibits by name (leaves and nodes are told apart, as in RFC 6962).
import { createHash } from 'node:crypto';
import type { Digest } from '../../base/digest.ts';
import { canonicalJson } from '../../base/digest.ts';
import type { Exhibit } from '../../model/proving/trial.ts';

/** The order in which they are given does not matter. */
export function merkleRoot(exhibits: readonly Exhibit[]): Digest {
  const leaves = exhibits
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, digest, bytes }) => hash(0, Buffer.from(canonicalJson({ name, digest, bytes }))));
  return `sha256:${rootOf(leaves).toString('hex')}`;
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return createHash('sha256').digest();
  if (leaves.length === 1) return only;
  // The largest power of two below the number of leaves.
  const half = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return hash(1, Buffer.concat([rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half))]));
}

function hash(kind: 0 | 1, content: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(kind)).update(content).digest();
}
