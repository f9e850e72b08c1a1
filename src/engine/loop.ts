// Calls a pass for every scope that was woken: one at a time per scope, at the asked moment, and again at the latest after the period.
import type { Clock } from '../base/clock.ts';
import { asCodeError } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';
import type { Log } from '../ports/log.ts';

/** One reason for all: an alarm is put off many times a second, and a fresh error would cost more than all the rest of it. */
const putOff = new Error('another moment was asked for');

/** In a row; more of them are told as any other failure. */
const conflictsBorne = 3;

export type Pass = (scope: Scope, signal: AbortSignal) => Promise<void>;

interface Lane {
  readonly scope: Scope;
  running: boolean;
  /** The earliest moment at which the next pass is asked for. */
  dueAt: number;
  alarm: AbortController | undefined;
  failures: number;
}

export class Loop {
  readonly #pass: Pass;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #period: Duration;
  readonly #lanes = new Map<string, Lane>();
  readonly #lifetime = new AbortController();
  readonly #busy = new Set<Promise<void>>();

  /** `period`: without any wake, a scope is looked at again after this time; that is how drift is found. */
  constructor(pass: Pass, clock: Clock, log: Log, period: Duration) {
    this.#pass = pass;
    this.#clock = clock;
    this.#log = log;
    this.#period = period;
  }

  /** Asks for a pass now or at a moment; a later moment never delays an earlier one. */
  wake(scope: Scope, at = 0): void {
    if (this.#lifetime.signal.aborted) return;
    const key = scopeKey(scope);
    const lane = this.#lanes.get(key) ?? { scope, running: false, dueAt: Number.POSITIVE_INFINITY, alarm: undefined, failures: 0 };
    this.#lanes.set(key, lane);
    if (at >= lane.dueAt) return;
    lane.dueAt = at;
    if (!lane.running) this.#arm(lane);
  }

  /** Stops after the passes that are under way. */
  async stop(): Promise<void> {
    this.#lifetime.abort();
    for (const lane of this.#lanes.values()) lane.alarm?.abort();
    await Promise.all(this.#busy);
  }

  #arm(lane: Lane): void {
    lane.alarm?.abort(putOff);
    const alarm = new AbortController();
    lane.alarm = alarm;
    const wait = Math.max(0, lane.dueAt - this.#clock.now());
    const work = this.#clock.sleep(wait, alarm.signal).then(
      // An alarm that went off in the very moment in which it was put off is too late to be called off: it is not heard.
      () => (lane.alarm === alarm ? this.#run(lane) : undefined),
      () => undefined,
    );
    this.#busy.add(work);
    void work.finally(() => this.#busy.delete(work));
  }

  async #run(lane: Lane): Promise<void> {
    lane.running = true;
    lane.dueAt = Number.POSITIVE_INFINITY;
    try {
      await this.#pass(lane.scope, this.#lifetime.signal);
      lane.failures = 0;
    } catch (thrown) {
      lane.failures += 1;
      const error = asCodeError(thrown);
      // Somebody else wrote first, such as the scaler: the next look decides by what is there now.
      const mayHappen = error.code === 'write_conflict' && lane.failures <= conflictsBorne;
      if (!this.#lifetime.signal.aborted && !mayHappen)
        this.#log.error(
          {
            scope: scopeKey(lane.scope),
            code: error.code,
            error: error.message,
            stack: error.code === 'internal' ? error.stack : undefined,
          },
          'a pass failed and will be repeated',
        );
    } finally {
      lane.running = false;
    }
    if (this.#lifetime.signal.aborted) return;
    // After failures the pace slows down to the period; a wake in the meantime still counts.
    const retry = lane.failures === 0 ? this.#period : Math.min(this.#period, 50 * 2 ** Math.min(lane.failures, 6));
    lane.dueAt = Math.min(lane.dueAt, this.#clock.now() + retry);
    this.#arm(lane);
  }
}
