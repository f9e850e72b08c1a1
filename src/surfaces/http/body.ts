// Raw request content: streamed to whoever stores it, and cut off at the limit.
import { CodeError } from '../../base/errors.ts';
import type { Bytes } from '../../base/units.ts';
import { formatBytes } from '../../base/units.ts';

export const jsonLimit: Bytes = 2 * 2 ** 20;
export const binaryLimit: Bytes = 2 ** 30;

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
