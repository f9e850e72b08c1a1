// The simulated outside: instances, gateway and store that survive the engine's crashes.
import type { Fake } from '../../../src/adapters/runtimes/fake/fake.ts';
import { createFake } from '../../../src/adapters/runtimes/fake/fake.ts';
import { openMemoryStore } from '../../../src/adapters/store/memory/memory.ts';
import type { Digest } from '../../../src/base/digest.ts';
import { ManualClock } from '../../../src/base/manual-clock.ts';
import type { Deployment, EnvironmentState } from '../../../src/model/deployment.ts';
import type { RouteTable, TrafficObservation } from '../../../src/model/route.ts';
import type { Store } from '../../../src/ports/store.ts';
import { scope } from '../../kit/specs.ts';
import { Dice, hash } from '../script/random.ts';
import { Crowd } from './crowd.ts';
import { codeOf, commandOf, commands, dialsOf } from './dials.ts';
import { Gauges } from './gauges.ts';
import { Listeners } from './listeners.ts';
import { Population } from './population.ts';
import { Shelf } from './shelf.ts';
import { Sky } from './sky.ts';
import { Wishes } from './wishes.ts';

export interface Current {
  readonly state: EnvironmentState | undefined;
  readonly deployments: readonly Deployment[];
}

/** The time that noticing takes on a clear day. */
const noticing = 5_000;
/** Without any news the engine looks again after this time: far above the product's, so that a wake that somebody forgot shows. */
export const period = 30_000;

export class Universe {
  readonly clock = new ManualClock();
  readonly store: Store = openMemoryStore({ frozen: true });
  readonly fake: Fake;
  readonly population: Population;
  readonly crowd: Crowd;
  readonly gauges: Gauges;
  readonly listeners = new Listeners(this.clock);
  readonly weather: Sky;
  readonly shelf = new Shelf();
  readonly wishes = new Wishes();
  #table: RouteTable | undefined;
  #current: Current | undefined;
  #commits = 0;

  constructor(seed: number) {
    this.weather = new Sky(this.clock, new Dice(hash(`sky ${seed}`)));
    // What an instance does is drawn from the seed, its set and its number: the same in every replay.
    this.fake = createFake(this.clock, ({ id, release }, nth) => {
      const command = commandOf(release.run);
      return command ? commands[command] : dialsOf(codeOf(release.run.artifact), new Dice(hash(`${seed} ${id} ${nth}`)));
    });
    this.population = new Population(this.clock, this.fake);
    const codeOfRelease = (release: string) => this.population.codeOf(release);
    this.crowd = new Crowd(codeOfRelease);
    this.gauges = new Gauges(this.clock, new Dice(hash(`gauges ${seed}`)), this.weather, codeOfRelease);
  }

  /** The one in force. */
  get table(): RouteTable | undefined {
    return this.#table;
  }

  /** What came until now came by the table before. */
  set table(table: RouteTable | undefined) {
    this.crowd.come(this.#table, this.clock.now());
    this.#table = table;
  }

  /** What the gateway has counted until now. */
  traffic(): TrafficObservation {
    this.crowd.come(this.#table, this.clock.now());
    return {
      version: this.#table?.version ?? 0,
      epoch: this.crowd.epoch,
      listening: { host: 'fake.invalid', port: 1 },
      releases: this.crowd.counted(),
      inFlight: this.population.inFlight,
      ejected: {},
      waiting: {},
      services: [],
      mirrors: [],
    };
  }

  /** So many requests come every second from now on. */
  attract(rate: number): void {
    this.crowd.come(this.#table, this.clock.now());
    this.crowd.change(rate);
  }

  /** The gateway is started again with the table that it had. */
  recount(): void {
    this.crowd.come(this.#table, this.clock.now());
    this.crowd.recount();
  }

  /** What the store holds; read once after each commit. */
  async current(): Promise<Current> {
    if (this.#current) return this.#current;
    const commits = this.#commits;
    const state = (await this.store.get('environment', 'shop/test'))?.value;
    const deployments = (await this.store.list('deployment')).map((one) => one.value);
    const current = { state, deployments };
    if (commits === this.#commits) this.#current = current;
    return current;
  }

  /** Another version of a deployment or of the environment was stored. */
  committed(): void {
    this.#current = undefined;
    this.#commits += 1;
  }

  /** Somebody writes into the snapshot of the nth live service. */
  async damage(nth: number, mendable: boolean): Promise<void> {
    const live = await this.liveSnapshots();
    const digest = live[nth % Math.max(1, live.length)];
    if (digest) this.shelf.damage(digest, mendable);
  }

  async liveSnapshots(): Promise<readonly Digest[]> {
    const { state } = await this.current();
    const releases = Object.values(state?.services ?? {}).map((one) => this.store.get('release', `${scope.application}/${one.release}`));
    const artifacts = (await Promise.all(releases)).map((one) => one?.value.run.artifact);
    return artifacts.flatMap((one) => (one?.kind === 'snapshot' ? [one.digest] : []));
  }

  /** How late the engine may learn what has happened. */
  noticing(at = this.clock.now()): number {
    return noticing + this.weather.lateness(period, at);
  }

  /** Deaths that whoever decided at that moment may not have noticed yet. */
  recentDeaths(service: string, decidedAt = this.clock.now()): number {
    return this.population.deathsSince(service, decidedAt - this.noticing());
  }
}
