// Time that moves only when it is told to: for simulation, and for tests that must not wait.
import type { Clock } from './clock.ts';

interface Sleeper {
  readonly at: number;
  readonly signal: AbortSignal | undefined;
  readonly wake: () => void;
  readonly end: (reason: unknown) => void;
}

export class ManualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
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
      this.#sleepers.push({ at: this.#now + ms, signal, wake: resolve, end: reject });
      if (!signal || this.#signals.has(signal)) return;
      this.#signals.add(signal);
      signal.addEventListener('abort', () => this.#end(signal), { once: true });
    });
  }

  /** The moment at which the next sleeper wakes; `undefined` when nobody sleeps. */
  nextAt(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.#sleepers) if (next === undefined || at < next) next = at;
    return next;
  }

  /** Moves to a moment, waking on the way, in order of time, everybody who is due. The woken run when the caller next awaits. */
  moveTo(moment: number): void {
    this.#now = Math.max(this.#now, moment);
    const due = this.#takeOut((one) => one.at <= this.#now);
    for (const sleeper of due.sort((a, b) => a.at - b.at)) sleeper.wake();
  }

  #end(signal: AbortSignal): void {
    for (const sleeper of this.#takeOut((one) => one.signal === signal)) sleeper.end(signal.reason);
  }

  #takeOut(isMeant: (sleeper: Sleeper) => boolean): Sleeper[] {
    const taken = this.#sleepers.filter(isMeant);
    if (taken.length > 0) this.#sleepers = this.#sleepers.filter((one) => !isMeant(one));
    return taken;
  }
}
