// Raw request content: streamed to whoever stores it, and cut off at the limit.
import { CodeError } from '../../base/errors.ts';
import type { Bytes } from '../../base/units.ts';
import { formatBytes } from '../../base/units.ts';

export const jsonLimit: Bytes = 2 * 2 ** 20;
export const binaryLimit: Bytes = 2 ** 30;
/** One listing of the largest kind and some ordinary requests: such a listing takes more than a gigabyte while it is read. */
export const listingBudget: Bytes = 72 * 2 ** 20;

/** The same chunks. Errors: `too_large` as soon as more than `limit` bytes came. */
export async function* limited(content: AsyncIterable<unknown>, limit: Bytes): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of content) {
    if (!(chunk instanceof Uint8Array)) continue;
    seen += chunk.length;
    if (seen > limit) throw new CodeError('too_large', `The request's content is larger than ${formatBytes(limit)}.`);
    yield chunk;
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
