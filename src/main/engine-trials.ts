// Engines on the fake runtime and a manual clock for `bench engine`: everything real but instances, gateway and time.
import { join } from 'node:path';
import { noArtifacts } from '../adapters/artifacts/fake/fake.ts';
import { createFake } from '../adapters/runtimes/fake/fake.ts';
import { openMemoryStore } from '../adapters/store/memory/memory.ts';
import { createFakeTraffic } from '../adapters/traffic/fake/fake.ts';
import { randomText } from '../base/ids.ts';
import { ManualClock } from '../base/manual-clock.ts';
import { Director } from '../engine/director.ts';
import { Engine } from '../engine/engine.ts';
import { releaseKey } from '../engine/keys.ts';
import { Reconciler } from '../engine/reconcile.ts';
import { Supervisor } from '../engine/supervise/supervisor.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';
import type { Artifact } from '../model/release.ts';
import { releaseOf, runSpecOf } from '../model/release.ts';
import type { ServiceSpec } from '../model/service.ts';
import { removeTree } from '../platform/files.ts';
import type { Store } from '../ports/store.ts';
import { scratch } from '../proving/bench/contenders/contender.ts';
import type { DeployingEngine, EngineTrials, SteadyEngine } from '../proving/bench/engine.ts';
import { stores } from './adapters.ts';

export const engineTrials: EngineTrials = {
  steady: steadyEngine,
  deploying: deployingEngine,
};

const hour = 3_600_000;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const artifact = (version: number): Artifact => ({ kind: 'snapshot', digest: `sha256:${String(version).padStart(64, '0')}` });

function aService(name: string, host: string): ServiceSpec {
  return {
    name,
    source: { kind: 'run', command: ['node', 'server.js'], directory: '.' },
    port: 8080,
    replicas: 1,
    probe: { path: '/healthz', interval: hour, timeout: 500, passes: 1, fails: 3, deadline: hour },
    env: {},
    secrets: [],
    resources: {},
    stop: { drain: 1_000, grace: 1_000 },
    strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 0 },
    volumes: [],
    needs: [],
    routes: [{ host, path: '/' }],
  };
}

async function parts(store: Store, clock: ManualClock, wake: (scope: Scope, at?: number) => void) {
  const fake = createFake(clock, () => ({}));
  const lease = await store.acquireLease('engine', 'bench', clock.now(), Number.MAX_SAFE_INTEGER);
  const common = { store, clock, random: randomText, log, fence: () => ({ name: 'engine', token: lease?.token ?? 0 }) };
  const supervisor = new Supervisor({
    ...common,
    driver: fake.instances,
    capabilities: { artifacts: ['snapshot'], probedByEngine: true },
    probes: fake.probes,
    secrets: async () => ({}),
    surroundings: async () => ({}),
    wake,
  });
  const ports = { ...common, artifacts: noArtifacts, traffic: createFakeTraffic(), runtimes: new Map([['fake', supervisor]]) };
  return { ports, supervisor };
}

/** Wanted states are put into the store as deployments would leave them; passes then start, probe and route everything. */
async function steadyEngine(services: number, perEnvironment: number, signal: AbortSignal): Promise<SteadyEngine> {
  const store = openMemoryStore({ frozen: true });
  const { ports, supervisor } = await parts(store, new ManualClock(), () => undefined);
  const scopes = Array.from({ length: Math.ceil(services / perEnvironment) }, (_, at) => ({
    application: `app${at}`,
    environment: 'bench',
  }));
  let left = services;
  for (const scope of scopes) {
    await seed(store, scope, Math.min(left, perEnvironment));
    left -= perEnvironment;
  }
  await supervisor.start();
  const reconciler = new Reconciler({ ports, director: new Director(ports), wake: () => undefined, ended: () => undefined });
  const pass = async (wait: AbortSignal): Promise<void> => {
    for (const scope of scopes) await reconciler.pass(scope, wait);
  };
  // One starts, one routes what became ready meanwhile.
  await pass(signal);
  await new Promise((resolve) => setImmediate(resolve));
  for (const scope of scopes) await reconciler.contribute(scope, signal);
  await pass(signal);
  return {
    pass,
    stop: async () => {
      supervisor.stop();
      await store.close();
    },
  };
}

async function seed(store: Store, scope: Scope, count: number): Promise<void> {
  const specs = Array.from({ length: count }, (_, at) => aService(`s${at}`, `s${at}.${scope.application}.localhost`));
  const releases = specs.map((spec) => releaseOf(scope.application, spec.name, runSpecOf(spec, artifact(1)), 0));
  const services = Object.fromEntries(
    specs.map((spec, at) => [spec.name, { release: releases[at]?.id ?? '', replicas: 1, generation: 0, spec }]),
  );
  await store.commit([
    ...releases.map((value) => ({ op: 'put', kind: 'release', key: releaseKey(scope.application, value.id), value }) as const),
    { op: 'put', kind: 'environment', key: scopeKey(scope), value: { scope, runtime: 'fake', services, lastNumber: 0, history: [] } },
  ]);
}

async function deployingEngine(signal: AbortSignal): Promise<DeployingEngine> {
  const directory = await scratch();
  const store = await stores.sqlite({ file: join(directory, 'engine.db') });
  const clock = new ManualClock();
  const { ports, supervisor } = await parts(store, clock, (scope, at) => engine.wake(scope, at));
  const engine: Engine = new Engine(ports);
  await supervisor.start();
  await engine.start(signal);
  const spec = aService('api', 'api.localhost');
  return {
    deploy: async (version, wait) => {
      const wanted = { application: 'bench', environment: 'bench', runtime: 'fake', approval: 'none', services: [spec] } as const;
      const plan = await engine.planner.deploy(wanted, { api: artifact(version) }, 'user:bench');
      const { id } = await engine.deployments.apply(plan.id, 'user:bench');
      const outcome = await outcomeOf(engine, id, clock, wait);
      if (outcome !== 'succeeded') throw new Error(`deployment ${id} ended as ${outcome}`);
    },
    stop: async () => {
      supervisor.stop();
      await engine.stop();
      await store.close();
      await removeTree(directory);
    },
  };
}

/** Moves time from event to event until the deployment has ended. */
async function outcomeOf(engine: Engine, id: string, clock: ManualClock, signal: AbortSignal): Promise<string> {
  for (let turn = 0; turn < 100_000; turn += 1) {
    signal.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
    const { outcome } = (await engine.deployments.find(id)).value;
    if (outcome !== undefined) return outcome;
    const next = clock.nextAt();
    if (turn % 10 === 9 && next !== undefined) clock.moveTo(next);
  }
  return 'still running';
}
