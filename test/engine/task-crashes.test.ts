// The engine dies at every commit of a deployment with tasks, and comes back: commands run once, hooks are heard at least once, crons know what they missed.
import { afterEach, describe, expect, it } from 'vitest';
import { noArtifacts } from '../../src/adapters/artifacts/fake/fake.ts';
import type { Fake } from '../../src/adapters/runtimes/fake/fake.ts';
import { createFake } from '../../src/adapters/runtimes/fake/fake.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { createFakeTraffic } from '../../src/adapters/traffic/fake/fake.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Supervisor } from '../../src/engine/supervise/supervisor.ts';
import type { Deployment } from '../../src/model/deployment.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import type { Store } from '../../src/ports/store.ts';
import type { WebhookMessage } from '../../src/ports/webhooks.ts';
import { aService, scope } from '../kit/specs.ts';
import { snapshotOf } from '../kit/world.ts';

const minute = 60_000;

/** What outlives an engine: the store, the machine with its instances, the gateway, time, and those who are told. */
class Machine {
  readonly clock = new ManualClock();
  readonly store = openMemoryStore();
  /** Words of every command that was really started. */
  readonly started: string[] = [];
  readonly told: WebhookMessage[] = [];
  /** The engine before the last boot died. */
  died = false;
  readonly fake: Fake;
  readonly #traffic = createFakeTraffic(() => undefined);
  #count = 0;
  #stop: (() => Promise<void>) | undefined;

  constructor() {
    this.fake = createFake(this.clock, ({ release }) => {
      const [, word = ''] = release.run.command ?? [];
      this.started.push(word);
      return word === 'server.js' ? {} : { exitAfter: 5_000, exitCode: 0 };
    });
  }

  /** A new engine; with `commits`, its process dies in the place of the commit after so many. */
  async boot(commits = Number.POSITIVE_INFINITY): Promise<Engine> {
    await this.#stop?.();
    const store = dyingStore(this.store, commits, () => (this.died = true));
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const lease = await this.store.acquireLease('engine', 'test', this.clock.now(), Number.MAX_SAFE_INTEGER);
    const fence = () => ({ name: 'engine', token: lease?.token ?? 0 });
    const common = { store, clock: this.clock, random: (length: number) => String(this.#count++).padStart(length, '0'), log, fence };
    const supervisor = new Supervisor({
      ...common,
      driver: this.fake.instances,
      capabilities: { artifacts: ['snapshot'], probedByEngine: true },
      probes: this.fake.probes,
      secrets: async () => ({}),
      surroundings: async () => ({}),
      wake: (where, at) => engine.wake(where, at),
    });
    const send = async (message: WebhookMessage) => {
      this.told.push(message);
      return { kind: 'answer', status: 204 } as const;
    };
    const engine: Engine = new Engine({
      ...common,
      artifacts: noArtifacts,
      traffic: this.#traffic,
      webhooks: { key: '', send },
      runtimes: new Map([['fake', supervisor]]),
    });
    this.#stop = async () => {
      supervisor.stop();
      await engine.stop();
    };
    await supervisor.start();
    await engine.start(new AbortController().signal);
    return engine;
  }

  /** Time passes, from event to event, until it holds or nothing happens within the limit. */
  async until(holds: () => boolean | Promise<boolean>, limit = 10 * minute): Promise<boolean> {
    const end = this.clock.now() + limit;
    for (;;) {
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (await holds()) return true;
      const next = this.clock.nextAt();
      if (next === undefined || next > end) return false;
      this.clock.moveTo(next);
    }
  }

  async newest(): Promise<Deployment | undefined> {
    return (await this.store.list('deployment', { reverse: true, limit: 1 }))[0]?.value;
  }

  async end(): Promise<void> {
    await this.#stop?.();
    await this.store.close();
  }
}

function dyingStore(store: Store, commits: number, died: () => void): Store {
  let left = commits;
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'commit')
        return async (...given: Parameters<Store['commit']>) => {
          if (left <= 0) {
            died();
            throw new Error('this engine is dead');
          }
          left -= 1;
          return target.commit(...given);
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const machines: Machine[] = [];
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.end();
});
const aMachine = () => {
  const machine = new Machine();
  machines.push(machine);
  return machine;
};

async function deploy(engine: Engine, services: readonly ServiceSpec[], code: string): Promise<Deployment> {
  const artifacts = Object.fromEntries(services.map((one) => [one.name, snapshotOf(code)]));
  const plan = await engine.planner.deploy({ ...scope, runtime: 'fake', approval: 'none', services }, artifacts, 'user:test');
  return engine.deployments.apply(plan.id, 'user:test');
}

const source = (word: string) => ({ kind: 'run', command: ['node', word], directory: '.' }) as const;
const rolling = { kind: 'rolling', surge: 1, unavailable: 0, bake: 100 } as const;
const completion = { deadline: 10 * minute, retries: 0, backoff: 1_000 };
const ends = { port: undefined, replicas: 0, strategy: { ...rolling, bake: 0 }, completion } as const;
const services: readonly ServiceSpec[] = [
  aService({
    strategy: rolling,
    release: { command: ['node', 'migrate.js'], deadline: 10 * minute, reversible: false },
    hooks: {
      before_switch: [{ kind: 'command', command: ['node', 'hook.js'], deadline: minute }],
      after_deploy: [{ kind: 'webhook', url: 'http://told.invalid/', deadline: minute }],
    },
  }),
  aService({ name: 'seed', kind: 'job', source: source('seed.js'), needs: ['api'], ...ends }),
];

describe('an engine that dies', () => {
  it('at any commit of a deployment runs each of its commands once, and calls its last hook', async () => {
    const tries = 60;
    let survived = 0;
    for (let commits = 3; commits < tries; commits += 1) {
      const machine = aMachine();
      const first = await machine.boot(commits);
      const { id } = await deploy(first, services, 'v1');
      // What it left is found as it is at that moment, or a while later: alive, or ended meanwhile.
      await machine.until(() => machine.died || machine.told.length > 0, minute);
      if (!machine.died) survived += 1;
      if (commits % 2 === 0) machine.clock.moveTo(machine.clock.now() + minute);
      await machine.boot();
      const told = await machine.until(async () => (await machine.newest())?.outcome !== undefined && machine.told.length > 0);
      expect({ commits, told, outcome: (await machine.newest())?.outcome, id: (await machine.newest())?.id }).toEqual({
        commits,
        told: true,
        outcome: 'succeeded',
        id,
      });
      expect([commits, ...machine.started.filter((word) => word !== 'server.js')]).toEqual([commits, 'migrate.js', 'hook.js', 'seed.js']);
      expect(new Set(machine.told.map((one) => one.id)).size).toBe(1);
      expect(machine.fake.alive()).toHaveLength(1);
    }
    // The loop began before the first task and ended after the last commit.
    expect(survived).toBeGreaterThan(0);
    expect(survived).toBeLessThan(tries - 10);
  });
});

describe('a cron whose engine was away', () => {
  const cron = (missed: 'skip' | 'run_once', startingDeadline: number): ServiceSpec =>
    aService({
      name: 'report',
      kind: 'cron',
      source: source('report.js'),
      ...ends,
      schedule: { cron: '*/10 * * * *', timeZone: 'UTC', overlap: 'forbid', missed, startingDeadline },
    });

  async function away(service: ServiceSpec, time: number) {
    const machine = aMachine();
    const engine = await machine.boot();
    await deploy(engine, [service], 'v1');
    await machine.until(async () => (await machine.newest())?.outcome !== undefined);
    await machine.until(() => machine.started.length === 1, 30 * minute);
    await machine.until(() => machine.fake.alive().length === 0);
    await engine.stop();
    const from = await machine.store.lastEvent();
    machine.clock.moveTo(machine.clock.now() + time);
    const next = await machine.boot();
    await machine.until(() => false, minute);
    const skipped = (await machine.store.events(from, 1_000)).filter((one) => one.kind === 'task.skipped').length;
    return { started: machine.started.length, skipped, scheduled: next.jobs.tasks.of(scope).map((one) => (one.scheduledAt ?? 0) / minute) };
  }

  it('leaves out what was due meanwhile, and says so', async () => {
    expect(await away(cron('skip', 60 * minute), 35 * minute)).toEqual({ started: 1, skipped: 3, scheduled: [20] });
  });

  it('makes up for all by one run, where that is asked for', async () => {
    expect(await away(cron('run_once', 60 * minute), 35 * minute)).toEqual({ started: 2, skipped: 2, scheduled: [20, 50] });
  });

  it('but not when that would be later than its starting deadline', async () => {
    expect(await away(cron('run_once', 2 * minute), 35 * minute)).toEqual({ started: 1, skipped: 3, scheduled: [20] });
  });

  it('lets a run that goes on end by itself', async () => {
    const machine = aMachine();
    const engine = await machine.boot();
    await deploy(engine, [cron('skip', minute)], 'v1');
    await machine.until(() => machine.started.length === 1, 30 * minute);
    await engine.stop();
    const next = await machine.boot();
    await machine.until(() => next.jobs.tasks.of(scope)[0]?.state === 'ended');
    expect(next.jobs.tasks.of(scope)).toMatchObject([{ outcome: 'succeeded', attempt: 1 }]);
    expect(machine.started).toEqual(['report.js']);
  });
});
