// The plugs of one life of an engine: each leads to the world, fails as the weather is, and is watched by the judge.
import type { Instances } from '../../../src/ports/instances.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { Traffic } from '../../../src/ports/traffic.ts';
import type { Webhooks } from '../../../src/ports/webhooks.ts';
import type { Judge } from '../rules/judge.ts';
import type { Life } from './life.ts';
import type { Universe } from './universe.ts';

export class Plugs {
  readonly #universe: Universe;
  readonly #judge: Judge;
  readonly #life: Life;

  constructor(universe: Universe, judge: Judge, life: Life) {
    this.#universe = universe;
    this.#judge = judge;
    this.#life = life;
  }

  store(): Store {
    const { store, weather, wishes, clock } = this.#universe;
    return {
      ...unguarded(store),
      commit: (changes, fence) =>
        this.#life.effect(async () => {
          weather.refuseCommit();
          await store.commit(changes, fence);
          for (const one of changes)
            if (one.op === 'put') this.#judge.wrote(one);
            else if (one.op === 'append') this.#judge.told(one.event);
          if (!changes.some((one) => one.op !== 'append' && (one.kind === 'deployment' || one.kind === 'environment'))) return;
          for (const one of changes) if (one.op === 'put' && one.kind === 'environment') wishes.note(one.value, clock.now());
          this.#universe.committed();
          await this.#judge.committed();
        }),
    };
  }

  driver(): Instances {
    const { population, weather, fake } = this.#universe;
    const { instances } = fake;
    return {
      ...instances,
      inspect: (records, signal) => weather.delay(async () => instances.inspect(records, signal), signal),
      start: (request, signal) =>
        this.#life.effect(async () => {
          const task = request.surroundings.CODE_TASK;
          if (task !== undefined) {
            this.#judge.running(request, task);
            return instances.start(request, signal);
          }
          await this.#judge.starting(request.replicaSet);
          const record = await instances.start(request, signal);
          population.born(record.id, request.replicaSet);
          return record;
        }),
      stop: (record, grace, signal) =>
        this.#life.effect(async () => {
          await this.#judge.stopping(record);
          population.told(record.id);
          await instances.stop(record, grace, signal);
        }),
    };
  }

  traffic(): Traffic {
    const universe = this.#universe;
    return {
      apply: (table) =>
        this.#life.effect(async () => {
          const answer = universe.weather.gateway();
          if (!answer.heard) throw answer.error;
          await this.#judge.routing(table);
          universe.table = table;
          if (answer.error) throw answer.error;
        }),
      observe: async () => {
        this.#life.alive();
        universe.weather.refuseObservation();
        return universe.traffic();
      },
    };
  }

  webhooks(): Webhooks {
    return {
      key: 'simulated',
      send: (message, signal) =>
        this.#life.effect(async () => {
          this.#judge.telling(message);
          return this.#universe.listeners.take(message, signal);
        }),
    };
  }
}

/** What an engine may do at all times: everything but to change what is stored. */
function unguarded(store: Store): Omit<Store, 'commit'> {
  return {
    get: (kind, key) => store.get(kind, key),
    list: (kind, options) => store.list(kind, options),
    events: (after, limit) => store.events(after, limit),
    lastEvent: () => store.lastEvent(),
    onEvents: (listener) => store.onEvents(listener),
    pruneEvents: (keep) => store.pruneEvents(keep),
    acquireLease: (name, owner, now, ttl) => store.acquireLease(name, owner, now, ttl),
    releaseLease: (lease) => store.releaseLease(lease),
    close: () => store.close(),
  };
}
