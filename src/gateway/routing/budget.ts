// Limits how much extra work retries may make: a failing service must not be buried under them.
import type { Share } from '../../base/units.ts';
import { defaultRetries } from '../../model/traffic.ts';

const slots = 10;
const slotLength = 1_000;
const always = 3; // a second, so that a quiet service may retry at all

/** Retries up to a share of the requests of the last 10 s, and never fewer than 3 a second allowed. Times in milliseconds, monotonic. */
export class RetryBudget {
  readonly #requests = new Uint32Array(slots);
  readonly #retries = new Uint32Array(slots);
  #slot = 0;
  readonly share: Share;

  constructor(share: Share = defaultRetries.share) {
    this.share = share;
  }

  request(now: number): void {
    const slot = this.#turn(now);
    this.#requests[slot] = (this.#requests[slot] ?? 0) + 1;
  }

  /** Takes one retry if there is any left. */
  take(now: number): boolean {
    const slot = this.#turn(now);
    const retries = sum(this.#retries);
    if ((this.#retries[slot] ?? 0) >= always && retries >= this.share * sum(this.#requests)) return false;
    this.#retries[slot] = (this.#retries[slot] ?? 0) + 1;
    return true;
  }

  /** Empties the slots that time has passed over. */
  #turn(now: number): number {
    const slot = Math.floor(now / slotLength);
    if (slot > this.#slot) {
      const stale = Math.min(slots, slot - this.#slot);
      for (let step = 0; step < stale; step++) {
        const index = (slot - step) % slots;
        this.#requests[index] = 0;
        this.#retries[index] = 0;
      }
      this.#slot = slot;
    }
    return slot % slots;
  }
}

function sum(values: Uint32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
