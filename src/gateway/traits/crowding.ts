// Keeps one visitor who asks a great deal from deciding where releases are compared: what a bucket asks beyond its part is counted apart.
import type { Duration } from '../../base/units.ts';
import { stickyBuckets } from '../../model/route.ts';

const window: Duration = 10_000;
/** Requests of one bucket that count in a window: a page with all that belongs to it, and then some. */
const counted = 50;

/** One number for each bucket, whatever visitors there are. Releases are treated alike, and what a request meets is not known yet: neither bends a comparison. */
export class Crowding {
  readonly #asked = new Uint16Array(stickyBuckets);
  #endsAt = Number.NEGATIVE_INFINITY;

  /** Whether this request is one too many. `now`: monotonic milliseconds. */
  isTooMuch(bucket: number, now: number): boolean {
    if (now >= this.#endsAt) {
      this.#asked.fill(0);
      this.#endsAt = now + window;
    }
    const asked = this.#asked[bucket] ?? 0;
    if (asked >= counted) return true;
    this.#asked[bucket] = asked + 1;
    return false;
  }
}
