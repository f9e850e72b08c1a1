// What is counted of a service, whatever table is in force, and who waits for an instance of it.
import type { ServiceTraffic } from '../../model/route.ts';

type Counters = { -readonly [K in keyof Omit<ServiceTraffic, 'service' | 'inFlight'>]: number };

export class Tally {
  readonly service: string;
  readonly counts: Counters = {
    requests: 0,
    held: 0,
    retries: 0,
    ejections: 0,
    overloaded: 0,
    rateLimited: 0,
    mirrored: 0,
    mirrorsSkipped: 0,
    byRule: 0,
    byCookie: 0,
  };
  /** Copies of requests that are under way. */
  copying = 0;
  /** Requests that wait for an instance to come up. */
  readonly #waiting = new Set<object>();
  readonly #begun: (service: string) => void;

  /** `begun` is told when the first begins to wait. */
  constructor(service: string, begun: (service: string) => void) {
    this.service = service;
    this.#begun = begun;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  has(one: object): boolean {
    return this.#waiting.has(one);
  }

  wait(one: object): void {
    const first = this.#waiting.size === 0;
    this.#waiting.add(one);
    if (first) this.#begun(this.service);
  }

  leave(one: object): void {
    this.#waiting.delete(one);
  }

  read(inFlight: number): ServiceTraffic {
    return { service: this.service, inFlight, ...this.counts };
  }
}

/** Tallies outlive the table that named them, as meters do. */
export class Tallies {
  readonly #tallies = new Map<string, Tally>();
  readonly #begun: (service: string) => void;

  constructor(begun: (service: string) => void) {
    this.#begun = begun;
  }

  for(service: string): Tally {
    const tally = this.#tallies.get(service) ?? new Tally(service, this.#begun);
    this.#tallies.delete(service);
    this.#tallies.set(service, tally);
    return tally;
  }

  /** Forgets the longest unused beyond `keep`. */
  prune(keep: number): void {
    for (const [key, tally] of this.#tallies) {
      if (this.#tallies.size <= keep) return;
      if (tally.waiting === 0) this.#tallies.delete(key);
    }
  }

  all(): Iterable<Tally> {
    return this.#tallies.values();
  }
}
