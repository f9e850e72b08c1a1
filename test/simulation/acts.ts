// Does what a script says: to the engine by its use cases, as people would, or to the world behind its back.
import { CodeError } from '../../src/base/errors.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { resize } from '../../src/engine/scale/resize.ts';
import { scope } from '../kit/specs.ts';
import { snapshotOf } from '../kit/world.ts';
import type { Daemon } from './daemon.ts';
import type { Judge } from './rules/judge.ts';
import type { Action, Meddling, Weather } from './script/script.ts';
import { isMeddling, isWeather } from './script/script.ts';
import { servicesOf } from './shop.ts';
import { Died } from './world/life.ts';
import type { Universe } from './world/universe.ts';

const by = 'user:simulation';

export class Actor {
  readonly #universe: Universe;
  readonly #judge: Judge;
  /** Services scale by themselves, to what the script says. */
  readonly #scaled: boolean;

  constructor(universe: Universe, judge: Judge, scaled: boolean) {
    this.#universe = universe;
    this.#judge = judge;
    this.#scaled = scaled;
  }

  async act(action: Action, daemon: Daemon): Promise<void> {
    try {
      await this.#act(action, daemon);
    } catch (thrown) {
      // A refusal is a right answer; death is what was asked for.
      if (!(thrown instanceof CodeError) && !(thrown instanceof Died)) throw thrown;
    }
  }

  async #act(action: Action, { life, engine }: Daemon): Promise<void> {
    if (isWeather(action)) return this.#universe.weather.change(action);
    if (action.kind === 'kill') return this.#universe.population.kill(action.nth);
    if (action.kind === 'crash') return life.dieAfter(action.after, action.away);
    if (action.kind === 'request') return this.#request(action.nth, action.lasts);
    if (action.kind === 'crowd') return this.#universe.attract(action.rate);
    if (action.kind === 'recount') return this.#universe.recount();
    if (isMeddling(action)) return this.#meddle(action);
    return this.#change(action, engine);
  }

  async #meddle(action: Meddling): Promise<void> {
    const universe = this.#universe;
    switch (action.kind) {
      case 'table':
        universe.table = { version: (universe.table?.version ?? 0) + 1_000, routes: [], services: [] };
        return;
      case 'stray':
        return universe.population.stray(action.nth);
      case 'damage':
        return universe.damage(action.nth, action.mendable);
    }
  }

  async #change(
    action: Exclude<Action, Weather | Meddling | { kind: 'kill' | 'crash' | 'request' | 'crowd' | 'recount' }>,
    engine: Engine,
  ): Promise<void> {
    const { planner, deployments } = engine;
    const apply = async (plan: Promise<{ readonly id: string }>) => void (await deployments.apply((await plan).id, by));
    switch (action.kind) {
      case 'deploy': {
        const services = servicesOf(action, this.#scaled);
        const artifacts = Object.fromEntries(services.map((one) => [one.name, snapshotOf(action.code)]));
        return apply(planner.deploy({ ...scope, runtime: 'fake', approval: 'none', services }, artifacts, by));
      }
      case 'scale':
        return apply(planner.scale(scope, { [action.service]: action.replicas }, by));
      case 'autoscale':
        return this.#autoscale(action.service, action.replicas, engine);
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
        return this.#steer(action, engine);
    }
  }

  /** Decided here, stored as the product does; a loop that decides would only make it a matter of luck what happens when. */
  async #autoscale(service: string, replicas: number, engine: Engine): Promise<void> {
    const { state } = await this.#universe.current();
    const from = state?.services[service]?.replicas;
    if (from === undefined || from === replicas || state?.mixed?.[service]) return;
    if (await resize(engine.ports, { scope, service, from, to: replicas, reason: 'simulated' })) engine.wake(scope);
  }

  /** What is said to the deployment that runs. */
  async #steer(action: Extract<Action, { kind: 'abort' | 'promote' | 'pause' | 'resume' }>, { deployments }: Engine): Promise<void> {
    const { state } = await this.#universe.current();
    if (state?.deployment === undefined) return;
    const id = `shop-test-${state.deployment}`;
    switch (action.kind) {
      case 'abort':
        return void (await deployments.abort(id, by, undefined));
      case 'promote':
        this.#judge.promoted(id);
        return void (await deployments.promote(id, by, action.full));
      case 'pause':
        return void (await deployments.pause(id, by, undefined));
      case 'resume':
        return void (await deployments.resume(id, by));
    }
  }

  #request(nth: number, lasts: number): void {
    const { table, population } = this.#universe;
    const routed = population.living().filter((one) => one.fit && !one.stopped);
    const id = routed[nth % Math.max(1, routed.length)]?.id;
    if (id === undefined || !table || !JSON.stringify(table).includes(id)) return;
    population.inFlight[id] = (population.inFlight[id] ?? 0) + 1;
    void this.#endRequest(id, lasts);
  }

  async #endRequest(id: string, lasts: number): Promise<void> {
    const { population, clock } = this.#universe;
    await clock.sleep(lasts);
    const left = (population.inFlight[id] ?? 1) - 1;
    if (left > 0) population.inFlight[id] = left;
    else delete population.inFlight[id];
  }
}
