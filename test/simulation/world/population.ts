// What is known for certain of every instance that was ever started, whatever the engine believes.
import type { Fake } from '../../../src/adapters/runtimes/fake/fake.ts';
import type { Clock } from '../../../src/base/clock.ts';
import type { ReplicaSet } from '../../../src/model/instance.ts';
import { codeOf } from './dials.ts';

/** What the simulation knows for certain of an instance, whatever the engine believes. */
export interface Truth {
  readonly id: string;
  readonly service: string;
  readonly replicaSet: string;
  readonly alive: boolean;
  /** Its probe would pass now. */
  readonly fit: boolean;
  /** Its probe has passed at least once. */
  readonly wasFit: boolean;
  /** The engine told it to stop. */
  readonly stopped: boolean;
  readonly inFlight: number;
  readonly diedAt: number | undefined;
}

interface Facts {
  readonly set: ReplicaSet;
  readonly replicaSet: string;
  readonly service: string;
  wasFit: boolean;
  stopped: boolean;
  diedAt: number | undefined;
}

export class Population {
  /** Requests that an instance is busy with. */
  readonly inFlight: Record<string, number> = {};
  readonly #clock: Clock;
  readonly #fake: Fake;
  readonly #facts = new Map<string, Facts>();
  /** By release. */
  readonly #codes = new Map<string, string>();
  /** Those of them that were alive when last looked at. */
  readonly #living = new Map<string, Facts>();

  constructor(clock: Clock, fake: Fake) {
    this.#clock = clock;
    this.#fake = fake;
  }

  truth(id: string): Truth | undefined {
    const facts = this.#facts.get(id);
    return facts && { id, ...facts, alive: this.#fake.isAlive(id), fit: this.#fake.isReady(id), inFlight: this.inFlight[id] ?? 0 };
  }

  /** Of the instances that are alive. */
  living(): readonly Truth[] {
    this.look();
    return [...this.#living.keys()].flatMap((id) => this.truth(id) ?? []);
  }

  /** Notes deaths and first readiness; called whenever time has moved. */
  look(): void {
    for (const [id, facts] of this.#living) {
      if (!facts.wasFit && this.#fake.isReady(id)) facts.wasFit = true;
      if (this.#fake.isAlive(id)) continue;
      facts.diedAt = this.#clock.now();
      this.#living.delete(id);
    }
  }

  /** The name of a release's code; empty when nobody of it was ever started. */
  codeOf(release: string): string {
    return this.#codes.get(release) ?? '';
  }

  /** Somebody was started. */
  born(id: string, set: ReplicaSet): void {
    const { service, run } = set.release;
    this.#codes.set(set.release.id, codeOf(run.artifact));
    this.#enter(id, { set, replicaSet: set.id, service, wasFit: this.#fake.isReady(id), stopped: false, diedAt: undefined });
  }

  /** Whether somebody of a release was ready at some time since then; a worker, which listens nowhere, is so by staying alive. */
  wasReady(release: string, since: number, isWorker: boolean): boolean {
    this.look();
    const all = [...this.#facts.values()].filter((one) => one.set.release.id === release && one.replicaSet === one.set.id);
    return all.some(({ wasFit, diedAt }) => (wasFit || isWorker) && (diedAt === undefined || diedAt >= since));
  }

  /** The engine told it to stop. */
  told(id: string): void {
    const facts = this.#facts.get(id);
    if (facts) facts.stopped = true;
  }

  kill(nth: number): void {
    this.look();
    const alive = this.#fake.alive();
    const id = alive[nth % Math.max(1, alive.length)];
    if (id !== undefined) this.#fake.kill(id);
    this.look();
  }

  /** Somebody starts an instance by hand, of what the nth living one is. */
  async stray(nth: number): Promise<void> {
    const model = this.living()[nth % Math.max(1, this.#living.size)];
    const set = model && this.#facts.get(model.id)?.set;
    if (!set) return;
    const id = `by-hand-${this.#facts.size}`;
    await this.#fake.instances.start({ id, replicaSet: set, secrets: {}, surroundings: {} }, new AbortController().signal);
    this.#enter(id, { replicaSet: 'nobody', service: 'nobody', set, wasFit: false, stopped: false, diedAt: undefined });
  }

  /** Instances of a service that died by themselves since then. */
  deathsSince(service: string, since: number): number {
    let count = 0;
    for (const one of this.#facts.values())
      if (one.service === service && !one.stopped && one.diedAt !== undefined && one.diedAt >= since) count += 1;
    return count;
  }

  #enter(id: string, facts: Facts): void {
    this.#facts.set(id, facts);
    this.#living.set(id, facts);
  }
}
