// A whole engine on fakes and a manual clock: everything real but the instances, the gateway and time.

import { noArtifacts } from '../../src/adapters/artifacts/fake/fake.ts';
import type { Fake, FakeDials } from '../../src/adapters/runtimes/fake/fake.ts';
import { createFake } from '../../src/adapters/runtimes/fake/fake.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { createFakeTraffic } from '../../src/adapters/traffic/fake/fake.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Supervisor } from '../../src/engine/supervise/supervisor.ts';
import type { Deployment } from '../../src/model/deployment.ts';
import type { ReplicaSet } from '../../src/model/instance.ts';
import type { Artifact } from '../../src/model/release.ts';
import type { RouteTable } from '../../src/model/route.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { Store } from '../../src/ports/store.ts';
import { scope } from './specs.ts';

export interface World {
  readonly engine: Engine;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly fake: Fake;
  /** Every table that was put in force, in order. */
  readonly tables: readonly RouteTable[];
  /** Requests in flight by instance, as the gateway would report them. */
  readonly inFlight: Record<string, number>;
  /** Code by service → release; a deploy of services at this code. */
  deploy(services: readonly ServiceSpec[], code: string): Promise<Deployment>;
  /** Lets time pass, from event to event, until the condition holds; fails after an hour of the world's time. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Runs a deployment to its outcome. */
  outcome(deployment: Deployment): Promise<Deployment>;
  stop(): Promise<void>;
}

export function snapshotOf(code: string): Artifact {
  return { kind: 'snapshot', digest: `sha256:${Buffer.from(code).toString('hex').padEnd(64, '0').slice(0, 64)}` };
}

/** `behave` sets the dials of each instance; `codeOf(set)` tells which code it runs. */
export async function createWorld(behave: (set: ReplicaSet, nth: number) => FakeDials = () => ({}), metrics?: Metrics): Promise<World> {
  const clock = new ManualClock();
  const store = openMemoryStore();
  const fake = createFake(clock, behave);
  const tables: RouteTable[] = [];
  const traffic = createFakeTraffic((table) => tables.push(table));
  let count = 0;
  const random = (length: number) => String(count++).padStart(length, '0');
  const lease = await store.acquireLease('engine', 'test', clock.now(), Number.MAX_SAFE_INTEGER);
  const fence = () => ({ name: 'engine', token: lease?.token ?? 0 });
  const log = { info: () => undefined, warn: () => undefined, error: (facts: object, message: string) => console.error(message, facts) };
  const common = { store, clock, random, log, fence };
  const supervisor = new Supervisor({
    ...common,
    driver: fake.instances,
    capabilities: { artifacts: ['snapshot'], probedByEngine: true },
    probes: fake.probes,
    secrets: async () => ({}),
    surroundings: async () => ({}),
    wake: (where, at) => engine.wake(where, at),
  });
  const engine: Engine = new Engine({ ...common, artifacts: noArtifacts, traffic, metrics, runtimes: new Map([['fake', supervisor]]) });
  await supervisor.start();
  await engine.start(new AbortController().signal);

  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    const limit = clock.now() + 3_600_000;
    while (!(await condition())) {
      await settle();
      if (await condition()) return;
      const next = clock.nextAt();
      if (next === undefined || next > limit) throw new Error(`nothing further will happen at ${clock.now()}, or an hour has passed`);
      clock.moveTo(next);
      await settle();
    }
  };
  const find = async (id: string) => (await engine.deployments.find(id)).value;
  return {
    engine,
    store,
    clock,
    fake,
    tables,
    inFlight: traffic.inFlight,
    until,
    deploy: async (services, code) => {
      const artifact = snapshotOf(code);
      const plan = await engine.planner.deploy(
        { ...scope, runtime: 'fake', approval: 'none', services },
        Object.fromEntries(services.map((one) => [one.name, artifact])),
        'user:test',
      );
      return engine.deployments.apply(plan.id, 'user:test');
    },
    outcome: async ({ id }) => {
      await until(async () => (await find(id)).outcome !== undefined);
      return find(id);
    },
    stop: async () => {
      supervisor.stop();
      await engine.stop();
      await store.close();
    },
  };
}

/** Lets everything that is due now run: promises, and the callbacks that they queue. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
