// Which side of a split a visitor is on: a bucket from the hash of a cookie's value, compared with the weights.
import { stickyBuckets } from '../../model/route.ts';

/** 0 … 9999, evenly over any set of values, also over account numbers that only count up. */
export function bucketOfVisitor(value: string): number {
  // FNV-1a, then the finaliser of MurmurHash3: short values that differ in one digit must not land in neighbouring buckets.
  let hash = 0x811c9dc5;
  for (let at = 0; at < value.length; at++) hash = Math.imul(hash ^ value.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % stickyBuckets;
}

/** Whether a bucket belongs to the release of that weight: its share of the buckets lies at the low end, so a growing one loses nobody. */
export function isInShare(bucket: number, weight: number, total: number): boolean {
  return total > 0 && bucket < (weight / total) * stickyBuckets;
}

/** The field line that gives a visitor a cookie. Not readable by scripts: nothing in a page should depend on it. */
export function cookieLine(name: string, value: string, maxAge: number): string {
  return `Set-Cookie: ${name}=${value}; Path=/; Max-Age=${Math.floor(maxAge / 1_000)}; HttpOnly; SameSite=Lax\r\n`;
}
