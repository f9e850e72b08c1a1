// Probes every instance it is told of, one quiet loop each, and reports when an answer turns.
import type { Clock } from '../../base/clock.ts';
import type { ProbeCount } from '../../decide/readiness.ts';
import { countProbe } from '../../decide/readiness.ts';
import type { Address, ReplicaSet } from '../../model/instance.ts';
import type { ProbeSpec } from '../../model/service.ts';
import type { ProbeResult, Probes } from '../../ports/probes.ts';
import type { InstanceRecord } from '../../ports/store.ts';

export interface ProbeTarget {
  readonly instance: string;
  readonly address: Address | undefined;
  readonly spec: ProbeSpec;
  /** Liveness, when the release asks for it. */
  readonly liveness?: ProbeSpec;
  /** What it was when last known; an adopted instance stays ready until its probe says otherwise. */
  readonly ready: boolean;
  /** It is ready because somebody said so; a failed probe counts only once one has passed. */
  readonly assumed?: boolean;
  /** Asked before the probe while the instance is not ready: that the listener is really its own. */
  readonly precheck?: () => Promise<ProbeResult>;
}

export interface ProbeListener {
  readiness(instance: string, ready: boolean, because: string | undefined): void;
  /** The liveness probe failed often enough: the instance is to be replaced. */
  dead(instance: string, because: string): void;
}

/** One for all: an error made for each would be thrown away unread. */
const noLongerWatched = new Error('no longer watched');

export class Prober {
  readonly #probes: Probes;
  readonly #clock: Clock;
  readonly #listener: ProbeListener;
  readonly #running = new Map<string, AbortController>();

  constructor(probes: Probes, clock: Clock, listener: ProbeListener) {
    this.#probes = probes;
    this.#clock = clock;
    this.#listener = listener;
  }

  watches(instance: string): boolean {
    return this.#running.has(instance);
  }

  /** Idempotent: a target that is already watched is left alone. */
  watch(target: ProbeTarget): void {
    if (this.#running.has(target.instance)) return;
    if (target.spec.none && !target.liveness) return;
    const controller = new AbortController();
    this.#running.set(target.instance, controller);
    if (!target.spec.none) void this.#untilStopped(controller.signal, () => this.#readinessLoop(target, controller.signal));
    const { liveness } = target;
    if (liveness) void this.#untilStopped(controller.signal, () => this.#livenessLoop(target, liveness, controller.signal));
  }

  forget(instance: string): void {
    this.#running.get(instance)?.abort(noLongerWatched);
    this.#running.delete(instance);
  }

  stop(): void {
    for (const controller of this.#running.values()) controller.abort(noLongerWatched);
    this.#running.clear();
  }

  async #untilStopped(signal: AbortSignal, loop: () => Promise<void>): Promise<void> {
    try {
      await loop();
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  async #readinessLoop(target: ProbeTarget, signal: AbortSignal): Promise<void> {
    let count: ProbeCount = { ready: target.ready, passes: 0, fails: 0, assumed: target.assumed };
    let said: string | undefined;
    while (!signal.aborted) {
      const result = await this.#attempt(target, target.spec, count.ready, signal);
      if (signal.aborted) return;
      const next = countProbe(count, result.passed, target.spec);
      const because = result.passed ? undefined : result.because;
      if (isNews(count, next) || (!next.ready && because !== said)) this.#listener.readiness(target.instance, next.ready, because);
      count = next;
      said = because;
      await this.#clock.sleep(count.ready ? target.spec.interval : eager(target.spec), signal);
    }
  }

  async #livenessLoop(target: ProbeTarget, spec: ProbeSpec, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(spec.deadline, signal);
    let count: ProbeCount = { ready: true, passes: 0, fails: 0 };
    while (!signal.aborted && count.ready) {
      const result = await this.#attempt(target, spec, true, signal);
      count = countProbe(count, result.passed, spec);
      if (!count.ready && !result.passed) this.#listener.dead(target.instance, result.because);
      await this.#clock.sleep(spec.interval, signal);
    }
  }

  async #attempt(target: ProbeTarget, spec: ProbeSpec, ready: boolean, signal: AbortSignal): Promise<ProbeResult> {
    const before = (ready ? undefined : await target.precheck?.()) ?? { passed: true };
    if (!before.passed) return before;
    // A worker has no address: staying alive is all it can show.
    return target.address ? this.#probes.check(target.address, spec, signal) : { passed: true };
  }
}

/** It turned, or what was only assumed is known now. */
function isNews(before: ProbeCount, after: ProbeCount): boolean {
  return before.ready !== after.ready || before.assumed !== after.assumed;
}

/** Where nobody asks, or nobody waits for the answer, an instance that runs is a ready one. */
export function assumeReady(record: InstanceRecord, { unchecked, release }: Pick<ReplicaSet, 'unchecked' | 'release'>): InstanceRecord {
  if (record.exit || !(unchecked || release.run.probe.none)) return record;
  return { ...record, ready: true, readyAt: record.startedAt, assumed: true };
}

/** While it is not ready yet an instance is asked more often: nobody waits a whole interval for what is there already. */
function eager(spec: ProbeSpec): number {
  return Math.min(spec.interval, Math.max(50, spec.interval / 5));
}

/** A listener on the given port counts only when it is the instance's own: another program there would answer the probe for it. */
export async function checkListener(listening: () => Promise<readonly number[]>, record: InstanceRecord): Promise<ProbeResult> {
  const expected = record.address?.port ?? 0;
  const actual = await listening();
  if (actual.includes(expected)) return { passed: true };
  // The runtime chose the port; who has one of its own in the code must be told where the right one is to be had.
  if (actual.length === 0) return { passed: false, because: `does not listen on port ${expected} ($PORT) yet` };
  return { passed: false, because: `wrong listening port: expected=${expected} actual=${actual.join(',')}; listen on $PORT` };
}
