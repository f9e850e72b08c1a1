// One history from one seed: an engine on fakes lives through a script, dies and is started again, while the rules watch.

import { CodeError } from '../../src/base/errors.ts';
import { DriftWatch } from '../../src/engine/drift/watch.ts';
import { Engine } from '../../src/engine/engine.ts';
import { resize } from '../../src/engine/scale/resize.ts';
import { Supervisor } from '../../src/engine/supervise/supervisor.ts';
import type { Strategy } from '../../src/model/rollout/strategy.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import { aService, scope } from '../kit/specs.ts';
import { snapshotOf } from '../kit/world.ts';
import { Died, Life } from './life.ts';
import { badEnd } from './rules.ts';
import type { Action, CourseName, Meddling, Moment, Weather } from './script.ts';
import { drawScript, isMeddling, isWeather, mostScaled } from './script.ts';
import { period, Universe } from './universe.ts';

export interface History {
  readonly seed: number;
  readonly script: readonly Moment[];
  /** What was broken, in the order in which it was found; empty when everything held. */
  readonly violations: readonly string[];
  readonly deployments: number;
  readonly crashes: number;
  /** Milliseconds of the simulated world. */
  readonly lasted: number;
}

/** After the last action the world is given this long to come to rest. */
const patience = 1_800_000;
/** Slower than the product's: each look is an event that all others have to wait for. */
const rhythm = { table: 5_000, strays: 7_000, snapshots: 20_000 };
const eventsAllowed = 5_000;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function simulate(seed: number, script: readonly Moment[] = drawScript(seed)): Promise<History> {
  const run = new Run(
    seed,
    script.some(({ action }) => isMeddling(action)),
    script.some(({ action }) => action.kind === 'autoscale'),
  );
  const began = run.universe.clock.now();
  await run.boot();
  for (const { after, action } of script) {
    await run.pass(after);
    await run.act(action);
    await run.revive();
    if (run.universe.violations.length > 0) break;
  }
  if (run.universe.violations.length === 0) await run.rest();
  const { deployments } = await run.universe.current();
  await run.end();
  return {
    seed,
    script,
    violations: run.universe.violations,
    deployments: deployments.length,
    crashes: run.crashes,
    lasted: run.universe.clock.now() - began,
  };
}

class Run {
  readonly universe: Universe;
  crashes = 0;
  #life = new Life();
  #engine: Engine | undefined;
  #supervisor: Supervisor | undefined;
  #drift: DriftWatch | undefined;
  /** Somebody will meddle: without, looking for it would only cost time. */
  readonly #watched: boolean;
  /** Services scale by themselves, to what the script says. */
  readonly #scaled: boolean;
  #names = 0;
  #moment = 0;
  #eventsNow = 0;

  constructor(seed: number, watched: boolean, scaled: boolean) {
    this.#watched = watched;
    this.#scaled = scaled;
    this.universe = new Universe(seed);
  }

  async boot(): Promise<void> {
    const { universe } = this;
    const life = new Life();
    this.#life = life;
    const { clock } = universe;
    const lease = (await universe.store.acquireLease('engine', `life ${this.crashes}`, clock.now() + this.crashes, 1))!;
    const fence = () => ({ name: 'engine', token: lease.token });
    const random = (length: number) => String(this.#names++).padStart(length, '0');
    const common = { store: universe.storeFor(life), clock, random, log: quiet, fence };
    const supervisor: Supervisor = new Supervisor({
      ...common,
      driver: universe.driverFor(life),
      capabilities: { artifacts: ['snapshot'], probedByEngine: true },
      probes: universe.fake.probes,
      secrets: async () => ({}),
      surroundings: async () => ({}),
      wake: (where, at) => engine.wake(where, at),
    });
    const traffic = universe.trafficFor(life);
    const engine = new Engine(
      { ...common, artifacts: universe.shelf.artifactsFor(life), traffic, runtimes: new Map([['fake', supervisor]]) },
      period,
    );
    [this.#supervisor, this.#engine] = [supervisor, engine];
    universe.weather.calm = true;
    try {
      await supervisor.start();
      await engine.start(new AbortController().signal);
      this.#drift = this.#watched ? new DriftWatch(engine, rhythm) : undefined;
      this.#drift?.start();
    } catch (thrown) {
      // A daemon whose store refuses while it starts ends, and is started again.
      if (!(thrown instanceof Died) && !(thrown instanceof CodeError)) throw thrown;
      life.dead = true;
    }
    universe.weather.calm = false;
  }

  /** Lets time go by, event by event. */
  async pass(duration: number): Promise<void> {
    const { clock } = this.universe;
    const until = clock.now() + duration;
    await turn();
    for (let next = clock.nextAt(); next !== undefined && next <= until; next = clock.nextAt()) {
      clock.moveTo(next);
      this.universe.look();
      await turn();
      await this.revive();
      this.#restless(next);
      if (this.universe.violations.length > 0) return;
    }
    clock.moveTo(until);
    await turn();
  }

  /** A loop that asks for itself at once, again and again, never lets time go on. */
  #restless(moment: number): void {
    this.#eventsNow = moment === this.#moment ? this.#eventsNow + 1 : 1;
    this.#moment = moment;
    if (this.#eventsNow > eventsAllowed) this.universe.violations.push(`more than ${eventsAllowed} events at one moment`);
  }

  /** A dead engine is started again 50 ms later. */
  async revive(): Promise<void> {
    while (this.#life.dead) {
      this.crashes += 1;
      await this.end();
      this.universe.clock.moveTo(this.universe.clock.now() + 50);
      await this.boot();
      await turn();
    }
  }

  async end(): Promise<void> {
    void this.#drift?.stop();
    this.#supervisor?.stop();
    void this.#engine?.stop();
    await turn();
  }

  async act(action: Action): Promise<void> {
    try {
      await this.#act(action);
    } catch (thrown) {
      // A refusal is a right answer; death is what was asked for.
      if (!(thrown instanceof CodeError) && !(thrown instanceof Died)) throw thrown;
    }
  }

  /** Runs until nothing more is owed: every deployment has ended and what runs is what is wanted. */
  async rest(): Promise<void> {
    const { universe } = this;
    for (const id of Object.keys(universe.inFlight)) delete universe.inFlight[id];
    const until = universe.clock.now() + patience;
    let problem: string | undefined = 'nothing was looked at';
    while (problem !== undefined && universe.clock.now() < until && universe.violations.length === 0) {
      await this.pass(5_000);
      // Whatever waits for people is let go on.
      await this.act({ kind: 'promote', full: false });
      problem = await this.#unrest();
    }
    if (problem !== undefined && universe.violations.length === 0) universe.violations.push(`in the end: ${problem}`);
  }

  async #unrest(): Promise<string | undefined> {
    const { state, deployments } = await this.universe.current();
    const running = deployments.find((one) => one.outcome === undefined);
    if (running) return `${running.id} has no outcome`;
    const instances = (await this.universe.store.list('instance')).map((one) => one.value);
    const drift = await this.#drifted();
    return drift ?? badEnd(state, instances, this.universe.living(), this.universe.table, this.universe.clock.now());
  }

  /** What somebody changed and nobody put right. */
  async #drifted(): Promise<string | undefined> {
    if (!this.#drift) return undefined;
    const [neglected] = this.universe.shelf.neglected(await this.universe.liveSnapshots());
    if (neglected !== undefined) return `the snapshot ${neglected} was not mended`;
    const open = this.#engine!.drift.of(scope).find((one) => one.state === 'repairing');
    return open && `${open.subject} is told to be under repair for ever`;
  }

  async #act(action: Action): Promise<void> {
    if (isWeather(action)) return this.universe.weather.change(action);
    if (action.kind === 'kill') return this.universe.kill(action.nth);
    if (action.kind === 'crash') return this.#life.dieAfter(action.after);
    if (action.kind === 'request') return this.#request(action.nth, action.lasts);
    if (isMeddling(action)) return this.#meddle(action);
    return this.#change(action);
  }

  async #meddle(action: Meddling): Promise<void> {
    const { universe } = this;
    switch (action.kind) {
      case 'table':
        universe.table = { version: (universe.table?.version ?? 0) + 1_000, routes: [], services: [] };
        return;
      case 'stray':
        return universe.stray(action.nth);
      case 'damage':
        return universe.damage(action.nth, action.mendable);
    }
  }

  async #change(action: Exclude<Action, Weather | Meddling | { kind: 'kill' | 'crash' | 'request' }>): Promise<void> {
    const { planner, deployments } = this.#engine!;
    const by = 'user:simulation';
    const apply = async (plan: Promise<{ readonly id: string }>) => void (await deployments.apply((await plan).id, by));
    switch (action.kind) {
      case 'deploy': {
        const services = servicesOf(action.replicas, this.#scaled, action.courses);
        const artifacts = Object.fromEntries(services.map((one) => [one.name, snapshotOf(action.code)]));
        return apply(planner.deploy({ ...scope, runtime: 'fake', approval: 'none', services }, artifacts, by));
      }
      case 'scale':
        return apply(planner.scale(scope, { [action.service]: action.replicas }, by));
      case 'autoscale':
        return this.#autoscale(action.service, action.replicas);
      case 'restart':
        return apply(planner.restart(scope, [], by));
      case 'rollback':
        return apply(planner.rollback(scope, undefined, by));
      case 'remove':
        return apply(planner.remove(scope, by));
      case 'abort':
      case 'promote':
      case 'pause':
      case 'resume':
        return this.#steer(action);
    }
  }

  /** Decided here, stored as the product does; a loop that decides would only make it a matter of luck what happens when. */
  async #autoscale(service: string, replicas: number): Promise<void> {
    const engine = this.#engine!;
    const { state } = await this.universe.current();
    const from = state?.services[service]?.replicas;
    if (from === undefined || from === replicas || state?.mixed?.[service]) return;
    if (await resize(engine.ports, { scope, service, from, to: replicas, reason: 'simulated' })) engine.wake(scope);
  }

  /** What is said to the deployment that runs. */
  async #steer(action: Extract<Action, { kind: 'abort' | 'promote' | 'pause' | 'resume' }>): Promise<void> {
    const { deployments } = this.#engine!;
    const by = 'user:simulation';
    const { state } = await this.universe.current();
    if (state?.deployment === undefined) return;
    const id = `shop-test-${state.deployment}`;
    switch (action.kind) {
      case 'abort':
        return void (await deployments.abort(id, by, undefined));
      case 'promote':
        return void (await deployments.promote(id, by, action.full));
      case 'pause':
        return void (await deployments.pause(id, by, undefined));
      case 'resume':
        return void (await deployments.resume(id, by));
    }
  }

  #request(nth: number, lasts: number): void {
    const { universe } = this;
    const routed = universe.living().filter((one) => one.fit && !one.stopped);
    const id = routed[nth % Math.max(1, routed.length)]?.id;
    if (id === undefined || !universe.table || !JSON.stringify(universe.table).includes(id)) return;
    universe.inFlight[id] = (universe.inFlight[id] ?? 0) + 1;
    void this.#endRequest(id, lasts);
  }

  async #endRequest(id: string, lasts: number): Promise<void> {
    const { inFlight, clock } = this.universe;
    await clock.sleep(lasts);
    const left = (inFlight[id] ?? 1) - 1;
    if (left > 0) inFlight[id] = left;
    else delete inFlight[id];
  }
}

const pace = { window: 0, rates: [] };
const usualScale = { targets: { cpu: 0.5 }, every: 1_000, tolerance: 0.1, up: pace, down: pace, schedule: [], zeroAfter: 1_000 };

function servicesOf(
  replicas: Readonly<Record<string, number>>,
  scaled: boolean,
  courses: Readonly<Record<string, CourseName>> = {},
): readonly ServiceSpec[] {
  return Object.entries(replicas).map(([name, count]) =>
    aService({
      name,
      replicas: count,
      ...(scaled && { scale: { ...usualScale, min: 0, max: mostScaled } }),
      port: name === 'worker' ? undefined : 8080,
      needs: name === 'web' ? ['api'] : [],
      // A fake that is ready stays so: it is asked seldom, which makes most of the world's events fall away.
      probe: { path: '/healthz', interval: 5_000, timeout: 500, passes: 1, fails: 3, deadline: 60_000 },
      routes: name === 'web' ? [{ host: 'web.localhost', path: '/' }] : [],
      ...(courses[name] && { strategy: strategyNamed(courses[name]) }),
    }),
  );
}

function strategyNamed(name: CourseName): Strategy {
  const steps = [{ weight: 0.05, pause: 2_000 }, { weight: 0.5 }, { weight: 1 }];
  switch (name) {
    case 'canary':
      return { kind: 'canary', steps, bake: 5_000 };
    case 'asked':
      return { kind: 'canary', steps: [{ weight: 0.3, pause: 'people' }, { weight: 1 }], bake: 1_000 };
    case 'dynamic':
      return { kind: 'canary', steps, bake: 5_000, dynamic: true };
    case 'blue-green':
      return { kind: 'blue-green', bake: 1_000, warm: 5_000, promote: 'auto' };
    case 'preview':
      return { kind: 'blue-green', bake: 1_000, warm: 0, promote: 'manual', preview: { host: 'next.localhost', path: '/', replicas: 1 } };
  }
}

/** Everything that promises alone can do is done when this resolves: Node.js runs what is for the next tick when no promise is left to run. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** Leaves out actions, and shortens pauses, as long as the same kind of violation remains. */
export async function shrink(history: History): Promise<History> {
  let smallest = history;
  const kind = (one: History) => one.violations[0]?.replace(/[\w-]*[@\d][\w@.+-]*/g, '#');
  for (let index = smallest.script.length - 1; index >= 0; index -= 1) {
    const shorter = await simulate(history.seed, smallest.script.toSpliced(index, 1));
    if (kind(shorter) === kind(history)) smallest = shorter;
  }
  return smallest;
}
