// The simulated outside: instances, gateway and store that survive the engine's crashes, watched by the rules.

import type { Fake, FakeDials } from '../../src/adapters/runtimes/fake/fake.ts';
import { createFake } from '../../src/adapters/runtimes/fake/fake.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import type { Digest } from '../../src/base/digest.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import type { Deployment, EnvironmentState } from '../../src/model/deployment.ts';
import type { ReplicaSet } from '../../src/model/instance.ts';
import type { RouteTable } from '../../src/model/route.ts';
import type { Instances } from '../../src/ports/instances.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Traffic } from '../../src/ports/traffic.ts';
import { scope } from '../kit/specs.ts';
import type { Life } from './life.ts';
import { Dice, hash } from './random.ts';
import type { Truth } from './rules.ts';
import { badDeployments, badHistory, badStart, badStop, badTurn, badUpstream, routedIn, Starts, underFloor } from './rules.ts';
import { badShares } from './shares.ts';
import { Shelf } from './shelf.ts';
import { Sky } from './sky.ts';
import { Wishes } from './wishes.ts';

interface Current {
  readonly state: EnvironmentState | undefined;
  readonly deployments: readonly Deployment[];
}

interface Facts {
  readonly set: ReplicaSet;
  readonly replicaSet: string;
  readonly service: string;
  wasFit: boolean;
  stopped: boolean;
  diedAt: number | undefined;
}

const noticing = 5_000;
/** Without any news the engine looks again after this time: far above the product's, so that a wake that somebody forgot shows. */
export const period = 30_000;

export class Universe {
  readonly clock = new ManualClock();
  readonly store: Store = openMemoryStore({ frozen: true });
  readonly fake: Fake;
  readonly weather: Sky;
  readonly shelf = new Shelf();
  readonly violations: string[] = [];
  readonly inFlight: Record<string, number> = {};
  table: RouteTable | undefined;
  readonly #facts = new Map<string, Facts>();
  /** Those of them that were alive when last looked at. */
  readonly #living = new Map<string, Facts>();
  readonly #ended = new Map<string, string>();
  readonly #starts = new Starts();
  readonly #wishes = new Wishes();
  /** The newest deployment as it was last stored. */
  #newest: Deployment | undefined;
  #current: Current | undefined;
  #commits = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.weather = new Sky(this.clock, new Dice(hash(`sky ${seed}`)));
    this.fake = createFake(this.clock, (set, nth) => this.#dials(set, nth));
  }

  truth(id: string): Truth | undefined {
    const facts = this.#facts.get(id);
    return facts && { id, ...facts, alive: this.fake.isAlive(id), fit: this.fake.isReady(id), inFlight: this.inFlight[id] ?? 0 };
  }

  /** Of the instances that are alive. */
  living(): readonly Truth[] {
    this.look();
    return [...this.#living.keys()].flatMap((id) => this.truth(id) ?? []);
  }

  /** Notes deaths and first readiness; called whenever time has moved. */
  look(): void {
    for (const [id, facts] of this.#living) {
      if (!facts.wasFit && this.fake.isReady(id)) facts.wasFit = true;
      if (this.fake.isAlive(id)) continue;
      facts.diedAt = this.clock.now();
      this.#living.delete(id);
    }
  }

  kill(nth: number): void {
    this.look();
    const alive = this.fake.alive();
    const id = alive[nth % Math.max(1, alive.length)];
    if (id !== undefined) this.fake.kill(id);
    this.look();
  }

  /** What the store holds; read once after each commit. */
  /** Somebody starts an instance by hand, of what the nth living one is. */
  async stray(nth: number): Promise<void> {
    const model = this.living()[nth % Math.max(1, this.#living.size)];
    const set = model && this.#facts.get(model.id)?.set;
    if (!set) return;
    const id = `by-hand-${this.#facts.size}`;
    await this.fake.instances.start({ id, replicaSet: set, secrets: {}, surroundings: {} }, new AbortController().signal);
    this.#know(id, { replicaSet: 'nobody', service: 'nobody', set, wasFit: false, stopped: false, diedAt: undefined });
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

  #know(id: string, facts: Facts): void {
    this.#facts.set(id, facts);
    this.#living.set(id, facts);
  }

  async current(): Promise<Current> {
    if (this.#current) return this.#current;
    const commits = this.#commits;
    const state = (await this.store.get('environment', 'shop/test'))?.value;
    const deployments = (await this.store.list('deployment')).map((one) => one.value);
    const current = { state, deployments };
    if (commits === this.#commits) this.#current = current;
    return current;
  }

  // ── the plugs of one life ───────────────────────────────────────────────────────────────────────────────────────────

  storeFor(life: Life): Store {
    const { store } = this;
    const guarded: Partial<Store> = {
      commit: (changes, fence) =>
        life.effect(async () => {
          this.weather.refuseCommit();
          await store.commit(changes, fence);
          if (!changes.some((one) => one.op !== 'append' && (one.kind === 'deployment' || one.kind === 'environment'))) return;
          this.#current = undefined;
          for (const one of changes) if (one.op === 'put' && one.kind === 'environment') this.#wishes.note(one.value, this.clock.now());
          this.#commits += 1;
          await this.#judgeDeployments();
        }),
    };
    // Bound to the store itself: its private state is not the proxy's.
    const bound = (member: unknown): unknown => (typeof member === 'function' ? member.bind(store) : member);
    return new Proxy(store, { get: (target, key) => (key in guarded ? Reflect.get(guarded, key) : bound(Reflect.get(target, key))) });
  }

  driverFor(life: Life): Instances {
    const { instances } = this.fake;
    return {
      ...instances,
      inspect: (records, signal) => this.weather.delay(async () => instances.inspect(records, signal), signal),
      start: (request, signal) =>
        life.effect(async () => {
          await this.#judgeStart(request.replicaSet);
          const record = await instances.start(request, signal);
          this.#know(record.id, {
            set: request.replicaSet,
            replicaSet: record.replicaSet,
            service: request.replicaSet.release.service,
            wasFit: this.fake.isReady(record.id),
            stopped: false,
            diedAt: undefined,
          });
          return record;
        }),
      stop: (record, grace, signal) =>
        life.effect(async () => {
          this.look();
          const truth = this.truth(record.id);
          const known = (await this.store.get('instance', record.id))?.value;
          if (truth && known) this.#blame(badStop(truth, this.table, known.drainingAt, 30_000, this.clock.now()));
          const facts = this.#facts.get(record.id);
          if (facts) facts.stopped = true;
          await instances.stop(record, grace, signal);
        }),
    };
  }

  trafficFor(life: Life): Traffic {
    return {
      apply: (table) =>
        life.effect(async () => {
          const answer = this.weather.gateway();
          if (!answer.heard) throw answer.error;
          this.look();
          const truth = (id: string) => this.truth(id);
          const { state, deployments } = await this.current();
          const running = deployments.find((one) => one.number === state?.deployment);
          const decidedAt = Math.min(this.clock.now(), await this.#leavingSince(table));
          const superseded = deployments.filter(
            (one) => one.outcome === 'superseded' && (one.endedAt ?? 0) >= Math.min(decidedAt, this.clock.now() - this.#noticing()),
          );
          this.#blame(badUpstream(table, truth));
          const lowest = (service: string) => this.#wishes.lowest(service, decidedAt - this.#noticing());
          const recentDeaths = (service: string) => this.#recentDeaths(service, decidedAt);
          const facts = { state, running, superseded, truth, lowest, recentDeaths };
          this.#blame(underFloor(this.table, table, facts));
          this.#blame(badShares(this.table, table, facts));
          this.table = table;
          if (answer.error) throw answer.error;
        }),
      observe: async () => {
        life.alive();
        this.weather.refuseObservation();
        return {
          version: this.table?.version ?? 0,
          epoch: 'simulated',
          listening: { host: 'fake.invalid', port: 1 },
          releases: [],
          inFlight: this.inFlight,
          ejected: {},
          waiting: {},
          services: [],
          mirrors: [],
        };
      },
    };
  }

  /** When the first of those that a table takes out of the routes was chosen to leave: whoever decided so then may have been superseded since. */
  async #leavingSince(table: RouteTable): Promise<number> {
    const staying = new Set(routedIn(table));
    const records = await Promise.all(routedIn(this.table).flatMap((id) => (staying.has(id) ? [] : [this.store.get('instance', id)])));
    return Math.min(...records.map((one) => one?.value.drainingAt ?? Number.POSITIVE_INFINITY));
  }

  #noticing(): number {
    return noticing + this.weather.lateness(period);
  }

  async #judgeDeployments(): Promise<void> {
    const { state, deployments } = await this.current();
    this.#blame(badDeployments(deployments, this.#ended));
    this.#blame(badHistory(state, deployments));
    const newest = deployments.at(-1);
    if (!newest) return;
    const before = this.#newest?.number === newest.number ? this.#newest : undefined;
    this.#newest = newest;
    const standing = (replicaSet: string) => this.living().filter((one) => one.replicaSet === replicaSet && one.fit).length;
    this.#blame(badTurn(before, newest, standing, (service) => this.#recentDeaths(service)));
  }

  async #judgeStart(set: ReplicaSet): Promise<void> {
    this.#blame(this.#starts.tooMany(set.id, this.clock.now()));
    const { state, deployments } = await this.current();
    const now = this.clock.now();
    const ofLate = deployments.filter((one) => one.outcome === undefined || (one.endedAt ?? 0) >= now - this.#noticing());
    const wanted = this.#wishes.highest(set.release.service, now - this.#noticing());
    this.#blame(badStart(set.id.split('/')[2] ?? '', state, ofLate, wanted));
  }

  /** Deaths that whoever decided at that moment may not have noticed yet. */
  #recentDeaths(service: string, decidedAt = this.clock.now()): number {
    const since = decidedAt - this.#noticing();
    return [...this.#facts.values()].filter(
      (one) => one.service === service && !one.stopped && one.diedAt !== undefined && one.diedAt >= since,
    ).length;
  }

  #blame(violation: string | undefined): void {
    if (violation !== undefined) this.violations.push(violation);
  }

  /** What an instance does is drawn from the seed, its set and its number: the same in every replay. */
  #dials(set: ReplicaSet, nth: number): FakeDials {
    const dice = new Dice(hash(`${this.#seed} ${set.id} ${nth}`));
    const { artifact } = set.release.run;
    const code =
      artifact.kind === 'snapshot'
        ? Buffer.from(artifact.digest.slice(7).replace(/(00)+$/, ''), 'hex')
            .toString()
            .split('-')[0]
        : '';
    switch (code ?? 'good') {
      case 'slow':
        return { readyAfter: dice.between(1_000, 20_000) };
      case 'never':
        return { neverReady: true };
      case 'crash':
        return { exitAfter: dice.between(1, 500) };
      case 'late':
        return { exitAfter: dice.between(1_000, 30_000) };
      case 'flaky':
        return dice.chance(0.4) ? { exitAfter: dice.between(1, 3_000) } : {};
      case 'deaf':
        return { ignoresStop: true };
      case 'nostart':
        return { startError: 'simulated: cannot start' };
      default:
        return { readyAfter: dice.between(0, 400) };
    }
  }
}
