// Limits how often somebody may ask: one number per asker, nothing to refill.
import { digestOf } from '../../base/digest.ts';
import type { RatePolicy } from '../../model/traffic.ts';

/** So many askers are told apart; beyond it whoever was seen first is forgotten, in his favour. */
const mostAskers = 65_536;
/** Askers may choose their names: of longer ones the digest is kept. */
const longestName = 128;

/**
 * The generic cell rate algorithm (ITU-T I.371), equivalent to a token bucket: for each asker the time at which its bucket will be full again.
 * Times in monotonic milliseconds. A gateway of several processes gives each its part, so that the sum holds; an asker with a single connection
 * meets one process, and may therefore get less than the whole.
 */
export class RateLimiter {
  readonly policy: RatePolicy;
  readonly #full = new Map<string, number>();

  constructor(policy: RatePolicy) {
    this.policy = policy;
  }

  /** 0 when this request may go on; otherwise how long until the next one may, and this one counts for nothing. */
  take(named: string, now: number, processes: number): number {
    const asker = named.length <= longestName ? named : digestOf(named);
    const interval = (1_000 * processes) / this.policy.perSecond;
    /** How far ahead of the steady rate one may be. */
    const lead = (Math.max(1, this.policy.burst / processes) - 1) * interval;
    const full = Math.max(now, this.#full.get(asker) ?? 0);
    const early = full - lead - now;
    if (early > 0) return early;
    if (this.#full.size >= mostAskers && !this.#full.has(asker)) this.#forgetOne();
    this.#full.set(this.#full.has(asker) ? asker : ownText(asker), full + interval);
    return 0;
  }

  /** Forgets whose bucket is full. */
  tidy(now: number): void {
    for (const [asker, full] of this.#full) if (full <= now) this.#full.delete(asker);
  }

  #forgetOne(): void {
    const [oldest] = this.#full.keys();
    if (oldest !== undefined) this.#full.delete(oldest);
  }
}

/** A piece of a request's head keeps the whole head alive; this is a copy that stands alone. */
function ownText(piece: string): string {
  return Buffer.from(piece, 'latin1').toString('latin1');
}
