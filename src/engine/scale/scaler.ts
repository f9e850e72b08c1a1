// Keeps the sizes of services at what their load asks for: looks, decides (`decide/scale`), stores. Executing is the reconciler's business.
import { asCodeError } from '../../base/errors.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { ScaleReport } from '../../model/scale.ts';
import type { EnginePorts } from '../ports.ts';
import type { Seen } from './gather.ts';
import { lookAt, scaledServices } from './gather.ts';
import { Queues } from './queues.ts';
import { resize } from './resize.ts';
import { Track } from './track.ts';

/** How often it is looked for services whose turn it is, milliseconds. */
const longestNap = 1_000;
const shortestNap = 20;

export interface ScalerOptions {
  readonly ports: EnginePorts;
  readonly wake: (scope: Scope) => void;
}

export class Scaler {
  readonly #options: ScalerOptions;
  /** By service key. */
  readonly #tracks = new Map<string, Track>();
  readonly #queues: Queues;
  readonly #lifetime = new AbortController();
  #nap = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => {};

  constructor(options: ScalerOptions) {
    this.#options = options;
    this.#queues = new Queues(options.ports, () => this.#nap.abort());
  }

  start(): void {
    this.#unsubscribe = this.#options.ports.traffic.onWaiting?.((key) => this.#hurry(key)) ?? this.#unsubscribe;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#lifetime.abort();
    this.#queues.stop();
    this.#nap.abort();
    await this.#running;
  }

  /** The last decision about each service of a scope that scales. */
  reports(scope: Scope): readonly ScaleReport[] {
    const prefix = `${scopeKey(scope)}/`;
    return [...this.#tracks].flatMap(([key, { report }]) => (key.startsWith(prefix) && report ? [report] : []));
  }

  /** Looks at every service whose turn it is. Never throws. */
  async look(): Promise<void> {
    const { ports } = this.#options;
    const { signal } = this.#lifetime;
    try {
      const scaled = await scaledServices(ports);
      const keys = new Set(scaled.map((one) => one.key));
      for (const key of this.#tracks.keys()) if (!keys.has(key)) this.#tracks.delete(key);
      this.#queues.keep(new Set(scaled.filter((one) => one.scale.targets.queue).map((one) => one.key)));
      const now = ports.clock.now();
      const due = scaled.filter(({ key }) => (this.#tracks.get(key)?.dueAt ?? 0) <= now || this.#queues.hasNews(key));
      for (const seen of due.length === 0 ? [] : await lookAt(ports, this.#queues, due, signal)) await this.#decide(seen);
    } catch (thrown) {
      if (!signal.aborted) ports.log.warn({ error: asCodeError(thrown).message }, 'could not look at what scales');
    }
  }

  async #run(): Promise<void> {
    const { clock } = this.#options.ports;
    while (!this.#lifetime.signal.aborted) {
      // Before the look: what comes meanwhile shortens the nap after it.
      this.#nap = new AbortController();
      await this.look();
      const next = Math.min(...[...this.#tracks.values()].map((one) => one.dueAt)) - clock.now();
      await clock
        .sleep(Math.min(longestNap, Math.max(shortestNap, next)), AbortSignal.any([this.#nap.signal, this.#lifetime.signal]))
        .catch(() => undefined);
    }
  }

  /** A request waits for an instance: its service is looked at now. */
  #hurry(key: string): void {
    const track = this.#tracks.get(key);
    if (!track || track.report?.wanted !== 0) return;
    track.dueAt = 0;
    this.#nap.abort();
  }

  async #decide({ one, subject, look }: Seen): Promise<void> {
    const { ports, wake } = this.#options;
    const { scope } = one.state;
    const track = this.#tracks.get(one.key) ?? new Track(one.service, one.target.replicas, look.at);
    this.#tracks.set(one.key, track);
    const { current, wanted, reason } = track.decide(subject, look);
    if (wanted === current) return;
    if (!(await resize(ports, { scope, service: one.service, from: current, to: wanted, reason }))) return;
    track.made(wanted - current, one.scale, look.at);
    wake(scope);
  }
}
