// When an upstream that fails again and again is left alone, and for how long.

const failuresToEject = 3;
const firstEjection = 1_000;
const longestEjection = 30_000;
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
  failed(): boolean {
    this.#consecutive++;
    return this.#consecutive >= failuresToEject;
  }

  /** 1 s, 2 s, 4 s … 30 s. Once it is back, a single failure ejects it again: it has to earn its trust. */
  eject(now: number): void {
    if (now - this.#until > forgetAfter) this.#ejections = 0;
    this.#until = now + Math.min(longestEjection, firstEjection * 2 ** this.#ejections);
    this.#ejections++;
    this.#consecutive = failuresToEject - 1;
  }
}
