// Chains of records: each carries the hash of the one before, so that none can be changed, removed or moved unseen.
import { createHash } from 'node:crypto';
import { canonicalJson } from './digest.ts';

/** Where a chain ends: what shows that its last records were cut off. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

export interface Chained extends ChainHead {
  readonly previous: string;
}

export const chainStart: ChainHead = { sequence: 0, hash: '0'.repeat(64) };

/** The next record after `head`. */
export function chained<Body extends object>(head: ChainHead, body: Body): Body & Chained {
  const unhashed = { ...body, sequence: head.sequence + 1, previous: head.hash };
  return { ...unhashed, hash: hashOf(unhashed) };
}

/** SHA-256, in hexadecimal digits, over the canonical JSON (RFC 8785) of all members but the hash itself. */
export function hashOf(record: object): string {
  const { hash: _, ...rest } = record as { readonly hash?: unknown };
  return createHash('sha256').update(canonicalJson(rest)).digest('hex');
}
