// Raw request content: streamed to whoever stores it, and cut off at the limit.
import type { Readable } from 'node:stream';
import { CodeError } from '../../base/errors.ts';
import type { Bytes } from '../../base/units.ts';
import { formatBytes } from '../../base/units.ts';

export const jsonLimit: Bytes = 2 * 2 ** 20;
export const binaryLimit: Bytes = 2 ** 30;
/** One listing of the largest kind and some ordinary requests: such a listing takes more than a gigabyte while it is read. */
export const listingBudget: Bytes = 72 * 2 ** 20;

/** What is left of a refused content is read up to this, so that its sender gets to hear why; above, the connection ends. */
const heardOutUpTo: Bytes = 64 * 2 ** 20;

/** The same chunks. Who stops early leaves the connection whole: an answer is still owed. Errors: `too_large` as soon as more than `limit` bytes came. */
export async function* limited(content: Readable, limit: Bytes): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of content.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) continue;
    seen += chunk.length;
    if (seen > limit) throw tooLarge(limit);
    yield chunk;
  }
}

export function tooLarge(limit: Bytes): CodeError {
  return new CodeError('too_large', `The request's content is larger than ${formatBytes(limit)}.`);
}

/** Most clients that are still sending when the other side closes never read what it said before. */
export async function heardOut(content: Readable): Promise<void> {
  let seen = 0;
  try {
    for await (const chunk of content.iterator({ destroyOnReturn: false })) {
      seen += chunk instanceof Uint8Array ? chunk.length : 0;
      if (seen > heardOutUpTo) return;
    }
  } catch {
    // Its sender is gone.
  }
}

/** Contents that are in memory at the same time, of all callers together: JSON is read whole, and its objects are many times its text. */
export class Budget {
  #left: Bytes;

  constructor(total: Bytes) {
    this.#left = total;
  }

  /** Returns the way to give it back, once. Errors: `rate_limited`. */
  reserve(bytes: Bytes): () => void {
    if (bytes > this.#left)
      throw new CodeError('rate_limited', 'Other requests with large contents are being read.', { hint: 'Try again in a few seconds.' });
    this.#left -= bytes;
    let held = bytes;
    return () => {
      this.#left += held;
      held = 0;
    };
  }
}
