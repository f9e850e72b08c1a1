// What is kept of services while route tables come and go: counters, meters, budgets, buckets, queues.
import { canonicalJson } from '../../base/digest.ts';
import type { RoutedService } from '../../model/route.ts';
import type { RetryPolicy } from '../../model/traffic.ts';
import { Crowding } from '../traits/crowding.ts';
import { RateLimiter } from '../traits/rate.ts';
import type { Seal } from '../traits/seal.ts';
import type { Traits } from '../traits/traits.ts';
import { traitsOf } from '../traits/traits.ts';
import { RetryBudget } from './budget.ts';
import { Meters } from './measure.ts';
import { Places } from './places.ts';
import type { Tally } from './tally.ts';
import { Tallies } from './tally.ts';

const kept = 1_024;

export interface ServiceParts {
  /** Absent for a service that asks for nothing beyond weights. */
  readonly traits: Traits | undefined;
  readonly tally: Tally;
  readonly places: Places;
  /** Absent: the gateway's own for all services. */
  readonly budget: RetryBudget | undefined;
}

export class Memory {
  readonly meters = new Meters();
  /** Of the copies that releases were sent as mirrors. */
  readonly mirrors = new Meters();
  /** Of requests that were not sent by lot. */
  readonly chosen = new Meters();
  readonly tallies: Tallies;
  #places = new Map<string, Places>();
  #budgets = new Map<string, RetryBudget>();
  #rates = new Map<string, RateLimiter>();
  #crowds = new Map<string, Crowding>();
  readonly #seal: Seal;

  /** `waits` is told when a first request begins to wait for an instance of a service. */
  constructor(seal: Seal, waits: (service: string) => void) {
    this.#seal = seal;
    this.tallies = new Tallies(waits);
  }

  of(spec: RoutedService): ServiceParts {
    const { key, policy } = spec;
    return {
      traits: traitsOf(spec, { rate: this.#rate(spec), seal: this.#seal, crowding: this.#crowding(spec) }),
      tally: this.tallies.for(key),
      places: this.#place(key),
      budget: this.#budget(key, policy.retries),
    };
  }

  #place(key: string): Places {
    const places = this.#places.get(key) ?? new Places();
    this.#places.set(key, places);
    return places;
  }

  #budget(key: string, policy: RetryPolicy | undefined): RetryBudget | undefined {
    if (policy === undefined) return undefined;
    const old = this.#budgets.get(key);
    const budget = old?.share === policy.share ? old : new RetryBudget(policy.share);
    this.#budgets.set(key, budget);
    return budget;
  }

  /** Who has used up his bucket does not get a full one with every new table. */
  #rate({ key, policy }: RoutedService): RateLimiter | undefined {
    if (policy.rate === undefined) return undefined;
    const old = this.#rates.get(key);
    const rate = old && canonicalJson(old.policy) === canonicalJson(policy.rate) ? old : new RateLimiter(policy.rate);
    this.#rates.set(key, rate);
    return rate;
  }

  #crowding({ key, sticky }: RoutedService): Crowding | undefined {
    if (sticky === undefined) return undefined;
    const crowding = this.#crowds.get(key) ?? new Crowding();
    this.#crowds.set(key, crowding);
    return crowding;
  }

  /** `present` are the services of the table in force; counters and meters of others stay for a while, the rest is forgotten. */
  prune(present: ReadonlySet<string>): void {
    for (const map of [this.#places, this.#budgets, this.#rates, this.#crowds])
      for (const key of map.keys()) if (!present.has(key)) map.delete(key);
    this.meters.prune(kept);
    this.mirrors.prune(kept);
    this.chosen.prune(kept);
    this.tallies.prune(kept);
  }

  tidy(now: number): void {
    for (const rate of this.#rates.values()) rate.tidy(now);
  }
}
