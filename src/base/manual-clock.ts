// Time that moves only when it is told to: for simulation, and for tests that must not wait.
import type { Clock } from './clock.ts';

interface Sleeper {
  readonly at: number;
  readonly nth: number;
  readonly signal: AbortSignal | undefined;
  readonly wake: () => void;
  readonly end: (reason: unknown) => void;
}

export class ManualClock implements Clock {
  #now: number;
  /** Who is to be woken first comes first; of those of one moment, who went to sleep first. */
  #sleepers: Sleeper[] = [];
  #slept = 0;
  /** Those that are listened to already: whoever sleeps again and again until one signal leaves no more than one listener there. */
  readonly #signals = new WeakSet<AbortSignal>();

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const at = this.#now + ms;
      const place = this.#sleepers.findLastIndex((one) => one.at <= at) + 1;
      this.#sleepers.splice(place, 0, { at, nth: this.#slept++, signal, wake: resolve, end: reject });
      if (!signal || this.#signals.has(signal)) return;
      this.#signals.add(signal);
      signal.addEventListener('abort', () => this.#end(signal), { once: true });
    });
  }

  /** The moment at which the next sleeper wakes; `undefined` when nobody sleeps. */
  nextAt(): number | undefined {
    return this.#sleepers[0]?.at;
  }

  /** Moves to a moment, waking on the way, in order of time, everybody who is due. The woken run when the caller next awaits. */
  moveTo(moment: number): void {
    this.#now = Math.max(this.#now, moment);
    const first = this.#sleepers.findIndex((one) => one.at > this.#now);
    const due = this.#sleepers.splice(0, first < 0 ? this.#sleepers.length : first);
    for (const sleeper of due) sleeper.wake();
  }

  /** In the order in which they went to sleep. */
  #end(signal: AbortSignal): void {
    const ended = this.#sleepers.filter((one) => one.signal === signal);
    if (ended.length === 0) return;
    this.#sleepers = this.#sleepers.filter((one) => one.signal !== signal);
    for (const sleeper of ended.sort((a, b) => a.nth - b.nth)) sleeper.end(signal.reason);
  }
}
