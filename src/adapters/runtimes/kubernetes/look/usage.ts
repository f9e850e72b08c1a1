// What pods use, as the cluster's metrics API tells now and then: rates of CPU, added up here to the seconds that the engine reads.
import { z } from 'zod';
import type { Clock } from '../../../../base/clock.ts';
import { CodeError } from '../../../../base/errors.ts';
import type { Duration } from '../../../../base/units.ts';
import { multiples } from '../../../../base/units.ts';
import type { InstanceStats } from '../../../../ports/instances.ts';
import type { KubeClient } from '../client.ts';
import { containerName } from '../object.ts';

const answer = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string() }),
      timestamp: z.string(),
      containers: z.array(z.looseObject({ name: z.string(), usage: z.looseObject({ cpu: z.string(), memory: z.string() }) })),
    }),
  ),
});

export interface UsageOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Label selector. */
  readonly selector: string;
  readonly lifetime: AbortSignal;
}

interface Sample {
  /** The cluster's own time, by which a new one is known. */
  readonly stamp: string;
  /** On our clock, when it came. */
  readonly at: number;
  /** Seconds of CPU until then, since we first looked. */
  readonly used: number;
  /** Seconds of CPU a second. */
  readonly rate: number;
  readonly memory: number;
}

/** A metrics server measures every 15 s; asked more often it says the same. */
const every: Duration = 5_000;
/** Of a pod of which nothing new is heard for so long nothing is known. */
const stale: Duration = 180_000;

export class Usage {
  readonly #options: UsageOptions;
  readonly #samples = new Map<string, Sample>();
  #asked: { readonly at: number; readonly done: Promise<void> } | undefined;

  constructor(options: UsageOptions) {
    this.#options = options;
  }

  /** Between two samples the last rate goes on. Who was not measured is left out. Errors: `unsupported` where the cluster measures nothing, `denied`, `runtime_unavailable`. */
  async of(pods: readonly string[]): Promise<Readonly<Record<string, InstanceStats>>> {
    const { clock } = this.#options;
    if (!this.#asked || clock.now() >= this.#asked.at + every) this.#asked = { at: clock.now(), done: this.#ask() };
    await this.#asked.done;
    const now = clock.now();
    const known = pods.flatMap((name): (readonly [string, InstanceStats])[] => {
      const sample = this.#samples.get(name);
      return sample && now - sample.at < stale ? [[name, { cpuSeconds: secondsAt(sample, now), memory: sample.memory }]] : [];
    });
    return Object.fromEntries(known);
  }

  async #ask(): Promise<void> {
    const { client, selector, lifetime } = this.#options;
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${client.place.namespace}/pods`;
    const said = await client.getIfThere(path, { labelSelector: selector }, lifetime);
    if (said === undefined) throw unmeasured(client.place.context);
    const { items } = answer.parse(said);
    const named = new Set(items.map(({ metadata }) => metadata.name));
    for (const name of this.#samples.keys()) if (!named.has(name)) this.#samples.delete(name);
    for (const { metadata, timestamp, containers } of items) {
      const usage = containers.find((one) => one.name === containerName)?.usage;
      if (usage) this.#take(metadata.name, timestamp, quantity(usage.cpu), quantity(usage.memory));
    }
  }

  #take(name: string, stamp: string, rate: number, memory: number): void {
    const before = this.#samples.get(name);
    if (before?.stamp === stamp || Number.isNaN(rate + memory)) return;
    const at = this.#options.clock.now();
    this.#samples.set(name, { stamp, at, used: before ? secondsAt(before, at) : 0, rate, memory });
  }
}

function secondsAt({ at, used, rate }: Sample, now: number): number {
  return used + (rate * Math.max(0, now - at)) / 1_000;
}

function unmeasured(context: string): CodeError {
  return new CodeError(
    'unsupported',
    `The cluster of context ${context} has no metrics API (metrics.k8s.io): what pods use is not measured.`,
    {
      hint: 'Install a metrics server, or let services scale by requests, which the gateway counts.',
    },
  );
}

const units: Readonly<Record<string, number>> = { ...multiples, n: 1e-9, u: 1e-6, m: 1e-3, '': 1 };

/** `250m`, `64Mi`, `1e3`: a quantity of the Kubernetes API; NaN for what is none. */
export function quantity(text: string): number {
  const [, number = '', unit = ''] = /^([\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  return number === '' ? Number.NaN : Number(number) * (units[unit] ?? Number.NaN);
}
