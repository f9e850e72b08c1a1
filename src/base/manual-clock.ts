// Time that moves only when it is told to: for simulation, and for tests that must not wait.
import type { Clock } from './clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper: Sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  /** The moment at which the next sleeper wakes; `undefined` when nobody sleeps. */
  nextAt(): number | undefined {
    return this.#sleepers.length === 0 ? undefined : Math.min(...this.#sleepers.map((one) => one.at));
  }

  /** Moves to a moment, waking on the way, in order of time, everybody who is due. The woken run when the caller next awaits. */
  moveTo(moment: number): void {
    this.#now = Math.max(this.#now, moment);
    const due = this.#sleepers.filter((one) => one.at <= this.#now).toSorted((a, b) => a.at - b.at);
    this.#sleepers = this.#sleepers.filter((one) => one.at > this.#now);
    for (const sleeper of due) sleeper.wake();
  }
}
