// Watches the load while it runs: breaks off what hurts more than was agreed, and says when it has been calm for long enough.
import type { Clock } from '../../base/clock.ts';
import type { Duration } from '../../base/units.ts';
import type { Experiment } from '../../model/proving/experiment.ts';
import type { LoadGlance } from '../load/engine.ts';

const look = 250;

export class Vigil {
  readonly #experiment: Experiment;
  readonly #alarm = new AbortController();
  #last: LoadGlance | undefined;
  /** Milliseconds since the phase's start. */
  #badSince: number | undefined;
  #calmSince: number | undefined;

  constructor(experiment: Experiment) {
    this.#experiment = experiment;
  }

  /** Aborted, with a sentence as its reason, when the experiment's own limit is passed. */
  get alarm(): AbortSignal {
    return this.#alarm.signal;
  }

  see(now: LoadGlance): void {
    const last = this.#last;
    this.#last = now;
    if (last === undefined) return;
    const succeeded = now.succeeded - last.succeeded;
    const failed = now.failed - last.failed;
    if (succeeded + failed === 0) return;
    const share = failed / (succeeded + failed);
    this.#watchAbort(share, now.at);
    const { steady } = this.#experiment;
    const calm = 1 - share >= steady.success && (now.p99 ?? 0) <= steady.p99;
    this.#calmSince = calm ? (this.#calmSince ?? now.at) : undefined;
  }

  /** The load has gone on for so long, by its own clock: its processes have to be started first. */
  async untilAt(time: Duration, clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#last?.at ?? 0) < time) await clock.sleep(look, signal).catch(() => undefined);
  }

  /** Why what was seen so far is not steady; `undefined`: it is. */
  unsteady(): string | undefined {
    const { succeeded = 0, failed = 0 } = this.#last ?? {};
    if (succeeded + failed === 0) return 'no request was answered before the faults';
    if (succeeded >= this.#experiment.steady.success * (succeeded + failed)) return undefined;
    return `the steady state did not hold before the faults: ${failed} of ${succeeded + failed} requests failed`;
  }

  #watchAbort(share: number, at: number): void {
    const { abort } = this.#experiment;
    if (abort === undefined) return;
    this.#badSince = share > abort.errors ? (this.#badSince ?? at) : undefined;
    if (this.#badSince !== undefined && at - this.#badSince >= abort.lasts)
      this.#alarm.abort(`broken off: more than ${Math.round(abort.errors * 100)} % of the requests failed for ${at - this.#badSince} ms`);
  }

  /** Calm for `good` and some moments, or `watch` is over. */
  async untilCalm(good: Duration, watch: Duration, clock: Clock, signal: AbortSignal): Promise<void> {
    const from = this.#last?.at ?? 0;
    const giveUp = clock.now() + watch + good;
    while (!signal.aborted && clock.now() < giveUp) {
      const since = Math.max(from, this.#calmSince ?? Number.POSITIVE_INFINITY);
      if ((this.#last?.at ?? 0) - since >= good + 4 * look) return;
      await clock.sleep(look, signal).catch(() => undefined);
    }
  }
}
