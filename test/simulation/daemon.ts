// One life of a whole engine in the simulated world: from its start to its death, or to the end of the history.
import { CodeError } from '../../src/base/errors.ts';
import { DriftWatch } from '../../src/engine/drift/watch.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Supervisor } from '../../src/engine/supervise/supervisor.ts';
import type { Judge } from './rules/judge.ts';
import { Died, Life } from './world/life.ts';
import { Plugs } from './world/plugs.ts';
import type { Universe } from './world/universe.ts';
import { period } from './world/universe.ts';

/** Slower than the product's: each look is an event that all others have to wait for. */
const rhythm = { table: 5_000, strays: 7_000, snapshots: 20_000 };
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface DaemonOptions {
  readonly universe: Universe;
  readonly judge: Judge;
  /** Which life this is, from 0. */
  readonly nth: number;
  readonly random: (length: number) => string;
  /** Looks for what was changed behind its back. */
  readonly watched: boolean;
}

export class Daemon {
  readonly life = new Life();
  readonly engine: Engine;
  /** Looks for what was changed behind the engine's back. */
  drift: DriftWatch | undefined;
  readonly #supervisor: Supervisor;
  readonly #options: DaemonOptions;

  static async boot(options: DaemonOptions): Promise<Daemon> {
    const { store, clock } = options.universe;
    const lease = await store.acquireLease('engine', `life ${options.nth}`, clock.now() + options.nth, 1);
    if (!lease) throw new Error('the life before still holds the lease');
    const daemon = new Daemon(options, lease.token);
    await daemon.#start();
    return daemon;
  }

  private constructor(options: DaemonOptions, token: number) {
    const { universe, judge, random } = options;
    const plugs = new Plugs(universe, judge, this.life);
    const common = { store: plugs.store(), clock: universe.clock, random, log: quiet, fence: () => ({ name: 'engine', token }) };
    const supervisor: Supervisor = new Supervisor({
      ...common,
      driver: plugs.driver(),
      capabilities: { artifacts: ['snapshot'], probedByEngine: true },
      probes: universe.fake.probes,
      secrets: async () => ({}),
      surroundings: async () => ({}),
      wake: (where, at) => engine.wake(where, at),
    });
    const artifacts = universe.shelf.artifactsFor(this.life);
    const runtimes = new Map([['fake', supervisor]]);
    const told = { traffic: plugs.traffic(), metrics: universe.gauges, webhooks: plugs.webhooks() };
    const engine = new Engine({ ...common, ...told, artifacts, runtimes }, period);
    [this.#options, this.#supervisor, this.engine] = [options, supervisor, engine];
  }

  async #start(): Promise<void> {
    const { weather } = this.#options.universe;
    weather.calm = true;
    try {
      await this.#supervisor.start();
      await this.engine.start(new AbortController().signal);
      this.drift = this.#options.watched ? new DriftWatch(this.engine, rhythm) : undefined;
      this.drift?.start();
    } catch (thrown) {
      // A daemon whose store refuses while it starts ends, and is started again.
      if (!(thrown instanceof Died) && !(thrown instanceof CodeError)) throw thrown;
      this.life.dead = true;
    }
    weather.calm = false;
  }

  end(): void {
    void this.drift?.stop();
    this.#supervisor.stop();
    void this.engine.stop();
  }
}
