// Looks at the host, the load and the instances once a second, ends what exceeds a limit, and keeps what instances used.
import type { Clock } from '../../base/clock.ts';
import type { StopLimits, StopState } from '../../decide/prove/stress/stop.ts';
import { watchLimits } from '../../decide/prove/stress/stop.ts';
import type { MemorySeries } from '../../model/proving/stress.ts';
import type { LoadGlance } from '../load/engine.ts';
import { Host } from './host.ts';

/** By instance. */
export type Usage = Readonly<Record<string, { readonly cpuSeconds: number; readonly memory: number }>>;

export interface WatchmanOptions {
  readonly limits: StopLimits;
  readonly clock: Clock;
  /** On the disk that is watched. */
  readonly directory: string;
  /** Rejects or is empty where the runtime does not tell. */
  readonly usage: () => Promise<Usage>;
}

const every = 1_000;

export class Watchman {
  readonly #options: WatchmanOptions;
  readonly #host: Host;
  readonly #ending = new AbortController();
  readonly #memory = new Map<string, (readonly [at: number, bytes: number])[]>();
  readonly #rounds: Promise<void>;
  #state: StopState = {};
  #stop: AbortController | undefined;
  #glance: LoadGlance | undefined;
  #counted = { done: 0, failed: 0 };
  #judgesLoad = true;

  constructor(options: WatchmanOptions) {
    this.#options = options;
    this.#host = new Host(options.directory);
    this.#rounds = this.#watch();
  }

  /** What one step of load exceeded is forgotten at the next; `judgesLoad` false: failures are what the step is for. */
  begin(judgesLoad: boolean): AbortSignal {
    this.#judgesLoad = judgesLoad;
    this.#glance = undefined;
    this.#counted = { done: 0, failed: 0 };
    if (this.#state.host !== true) this.#state = {};
    this.#stop = new AbortController();
    if (this.#state.because !== undefined) this.#stop.abort();
    return this.#stop.signal;
  }

  told(glance: LoadGlance): void {
    this.#glance = glance;
  }

  /** Why the present step was ended. */
  get because(): string | undefined {
    return this.#state.because;
  }

  /** The host ran out of something: nothing may go on. */
  get exhausted(): boolean {
    return this.#state.host === true;
  }

  memory(): readonly MemorySeries[] {
    return [...this.#memory].sort(([a], [b]) => (a < b ? -1 : 1)).map(([instance, samples]) => ({ instance, samples }));
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#rounds;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#options.clock.sleep(every, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.#look();
      await this.#weigh();
    }
  }

  async #look(): Promise<void> {
    const { done, failed, inFlight } = this.#sinceLast();
    const reading = await this.#host.read();
    const look = { at: performance.now(), ...reading, ...(this.#judgesLoad && { done, failed, inFlight }) };
    this.#state = watchLimits(this.#state, look, this.#options.limits);
    if (this.#state.because !== undefined) this.#stop?.abort();
  }

  #sinceLast(): { readonly done: number; readonly failed: number; readonly inFlight: number } {
    const { succeeded = 0, failed = 0, inFlight = 0 } = this.#glance ?? {};
    const before = this.#counted;
    this.#counted = { done: succeeded + failed, failed };
    return { done: Math.max(0, succeeded + failed - before.done), failed: Math.max(0, failed - before.failed), inFlight };
  }

  async #weigh(): Promise<void> {
    const used = await this.#options.usage().catch((): Usage => ({}));
    const at = this.#options.clock.now();
    for (const [instance, { memory }] of Object.entries(used)) {
      const samples = this.#memory.get(instance) ?? [];
      samples.push([at, memory]);
      this.#memory.set(instance, samples);
    }
  }
}
