// Counts what became of the requests of one phase, as they come: histograms of fixed size, and two bytes for each answer.
import { bucketOf, Recorder } from '../../../decide/prove/buckets.ts';
import type { PartWindow, PhasePart } from '../../../decide/prove/phase.ts';
import { windowWidth } from '../../../decide/prove/phase.ts';
import type { Slice } from '../../../model/proving/load.ts';
import type { PartGlance } from './orders.ts';
import { Samples } from './samples.ts';

/** What an answer says of where it comes from. */
export interface Labels {
  readonly release?: string;
  readonly instance?: string;
}

export interface Ending {
  /** Milliseconds since the phase's start. */
  readonly intended: number;
  readonly left: number;
  readonly ended: number;
  readonly request: string;
  readonly status?: number;
  readonly labels: Labels;
  /** Absent: it succeeded. */
  readonly failure?: string;
}

interface OpenSlice {
  readonly latency: Recorder;
  failed: number;
}

interface OpenWindow {
  intended: number;
  failed: number;
  inFlight: number;
  readonly latencies: Samples;
}

/** So many kinds of failure, releases or instances are told apart; a hostile answer must not fill the memory. */
const mostNames = 200;

export class Tally {
  readonly #latency = new Recorder();
  readonly #service = new Recorder();
  readonly #lag = new Recorder();
  readonly #windows: OpenWindow[] = [];
  readonly #statuses = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #slices = {
    request: new Map<string, OpenSlice>(),
    release: new Map<string, OpenSlice>(),
    instance: new Map<string, OpenSlice>(),
  };
  readonly #glance = new Samples();
  #offered = 0;
  #dropped = 0;
  #succeeded = 0;
  #failed = 0;
  #timedOut = 0;
  #unanswered = 0;

  get inFlight(): number {
    return this.#offered - this.#dropped - this.#succeeded - this.#failed - this.#timedOut - this.#unanswered;
  }

  /** Both in milliseconds since the phase's start. */
  offered(intended: number, left: number): void {
    this.#offered += 1;
    this.#lag.record((left - intended) * 1000);
    this.#window(intended).intended += 1;
  }

  dropped(intended: number): void {
    this.#dropped += 1;
    this.#window(intended).failed += 1;
  }

  /** It was cut off: nobody knows what would have become of it. */
  unanswered(intended: number): void {
    this.#unanswered += 1;
    this.#window(intended).failed += 1;
  }

  /** How many had no answer yet when a window ended. */
  looked(index: number): void {
    this.#window(index * windowWidth).inFlight = this.inFlight;
  }

  ended(ending: Ending): void {
    const { intended, left, ended, request, status, labels, failure } = ending;
    if (status !== undefined) count(this.#statuses, String(status));
    const latency = (ended - intended) * 1000;
    if (failure === undefined) {
      this.#succeeded += 1;
      this.#latency.record(latency);
      this.#service.record((ended - left) * 1000);
      const bucket = bucketOf(latency);
      this.#window(intended).latencies.push(bucket);
      this.#glance.push(bucket);
    } else {
      if (failure === 'timeout') this.#timedOut += 1;
      else this.#failed += 1;
      count(this.#failures, failure);
      this.#window(intended).failed += 1;
    }
    const succeeded = failure === undefined ? latency : undefined;
    slice(this.#slices.request, request, succeeded);
    if (labels.release !== undefined) slice(this.#slices.release, labels.release, succeeded);
    if (labels.instance !== undefined) slice(this.#slices.instance, labels.instance, succeeded);
  }

  glance(at: number): PartGlance {
    const [offered, succeeded] = [this.#offered, this.#succeeded];
    const failed = this.#failed + this.#timedOut + this.#dropped;
    return { at, offered, succeeded, failed, inFlight: this.inFlight, latencies: this.#glance.take() };
  }

  part(own: Pick<PhasePart, 'lasted' | 'cpu' | 'exhausted'>): PhasePart {
    return {
      offered: this.#offered,
      dropped: this.#dropped,
      succeeded: this.#succeeded,
      failed: this.#failed,
      timedOut: this.#timedOut,
      unanswered: this.#unanswered,
      statuses: Object.fromEntries(this.#statuses),
      failures: Object.fromEntries(this.#failures),
      latency: this.#latency.buckets(),
      service: this.#service.buckets(),
      lag: this.#lag.buckets(),
      windows: this.#windows.map((one): PartWindow => ({ ...one, latencies: one.latencies.take() })),
      byRequest: closed(this.#slices.request),
      byRelease: closed(this.#slices.release),
      byInstance: closed(this.#slices.instance),
      ...own,
    };
  }

  #window(at: number): OpenWindow {
    const index = Math.floor(at / windowWidth);
    while (this.#windows.length <= index) this.#windows.push({ intended: 0, failed: 0, inFlight: 0, latencies: new Samples() });
    return this.#windows[index] ?? { intended: 0, failed: 0, inFlight: 0, latencies: new Samples() };
  }
}

function count(counts: Map<string, number>, name: string): void {
  const known = counts.has(name) || counts.size < mostNames ? name : 'other';
  counts.set(known, (counts.get(known) ?? 0) + 1);
}

function slice(slices: Map<string, OpenSlice>, name: string, latency: number | undefined): void {
  const known = slices.has(name) || slices.size < mostNames ? name : 'other';
  let one = slices.get(known);
  if (one === undefined) slices.set(known, (one = { latency: new Recorder(), failed: 0 }));
  if (latency === undefined) one.failed += 1;
  else one.latency.record(latency);
}

function closed(slices: ReadonlyMap<string, OpenSlice>): Readonly<Record<string, Slice>> {
  return Object.fromEntries(
    [...slices].map(([name, { latency, failed }]) => [name, { succeeded: latency.total, failed, latency: latency.buckets() }]),
  );
}
