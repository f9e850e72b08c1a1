// When an upstream that fails again and again is left alone, and for how long.
import type { EjectPolicy } from '../../model/traffic.ts';

/** After this long without an ejection the next one starts small again. */
const forgetAfter = 60_000;

/** One upstream's record; all times are milliseconds of one monotonic clock. */
export class FailureRecord {
  #consecutive = 0;
  #ejections = 0;
  #until = Number.NEGATIVE_INFINITY;

  get until(): number {
    return this.#until;
  }

  isEjected(now: number): boolean {
    return now < this.#until;
  }

  succeeded(): void {
    this.#consecutive = 0;
  }

  /** Counts a failure; true when the upstream should now be ejected. */
  failed({ failures }: EjectPolicy): boolean {
    this.#consecutive++;
    return failures > 0 && this.#consecutive >= failures;
  }

  /** Twice as long each time, up to the longest. Once it is back, a single failure ejects it again: it has to earn its trust. */
  eject(now: number, { failures, time, longest }: EjectPolicy): void {
    if (now - this.#until > forgetAfter) this.#ejections = 0;
    this.#until = now + Math.min(longest, time * 2 ** this.#ejections);
    this.#ejections++;
    this.#consecutive = failures - 1;
  }
}
