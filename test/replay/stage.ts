// Where one section is played: a house, a witness, and applications whose manifests say only what a test varies.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeploymentSeen, House, ServiceSeen } from '../kit/house.ts';
import type { Answer } from '../kit/http.ts';
import { get } from '../kit/http.ts';
import { patience, until } from '../kit/until.ts';
import { Load } from './load.ts';
import type { Program, ReplayRuntime } from './runtime.ts';
import type { Behaviour, Heard } from './witness.ts';
import { Witness } from './witness.ts';

/** Members of a manifest's service; those of `probe`, `stop`, `strategy` and `env` one by one. With `port: undefined` it is a worker. */
export interface Varied {
  readonly probe?: 'none' | Readonly<Record<string, string | number>>;
  readonly stop?: Readonly<Record<string, string>>;
  readonly strategy?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface Routes {
  readonly routes: readonly {
    readonly host: string;
    readonly releases: readonly { readonly release: string; readonly instances: readonly string[] }[];
  }[];
}

export class Stage {
  readonly house: House;
  readonly witness: Witness;
  readonly program: Program;
  readonly runtime: ReplayRuntime;
  readonly gateway: { readonly host: string; readonly port: number };

  /** What else is to be ended with it, such as servers that a test opened. */
  readonly closing: (() => unknown)[] = [];

  private constructor(house: House, witness: Witness, program: Program, runtime: ReplayRuntime, gateway: Stage['gateway']) {
    this.house = house;
    this.witness = witness;
    this.program = program;
    this.runtime = runtime;
    this.gateway = gateway;
  }

  static async open(runtime: ReplayRuntime): Promise<Stage> {
    const house = await runtime.open();
    return new Stage(house, await Witness.open(), await runtime.program(house), runtime, await house.gateway());
  }

  /** An application of this name (the test's id in lower case), not deployed yet. */
  app(name: string, behaviour: Behaviour = {}): App {
    this.witness.behave(name, behaviour);
    return new App(this, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.house[Symbol.asyncDispose]();
    this.witness.close();
    await Promise.all(this.closing.map((close) => close()));
  }
}

/** Of every service here, unless it says otherwise: quick where that is asked of us, patient where it would be asked of the machine. */
const quick = { interval: '50ms', timeout: '30s', passes: 1, fails: 2, deadline: '10m' };

export class App {
  readonly name: string;
  readonly host: string;
  readonly scope: { readonly application: string; readonly environment: string };
  readonly #stage: Stage;

  constructor(stage: Stage, name: string) {
    this.#stage = stage;
    this.name = name;
    this.host = `${name}.localhost`;
    this.scope = { application: name, environment: 'test' };
  }

  behave(behaviour: Behaviour): void {
    this.#stage.witness.behave(this.name, behaviour);
  }

  heard(what: Heard['what'], version?: string): readonly Heard[] {
    return this.#stage.witness.of(this.name, what, version);
  }

  hears(what: Heard['what'], version: string, count = 1): Promise<unknown> {
    return this.#stage.witness.hears(this.name, what, version, count);
  }

  /** Waits until instances of a version were asked for their health this often from now on. */
  async asked(version: string, times = 3): Promise<void> {
    const { asked } = this.#stage.witness;
    const key = `${this.name} ${version}`;
    const before = asked[key] ?? 0;
    await until(
      () => asked[key] ?? 0,
      (seen) => seen >= before + times,
    );
  }

  /** YAML (JSON is YAML). Without `services` there is one, `web`, with what `varied` says. */
  manifest(version: string, varied: Varied = {}, services: Readonly<Record<string, Varied>> = { web: varied }): string {
    const full = Object.entries(services).map(([name, one]) => [name, this.#service(version, one)]);
    return JSON.stringify({
      application: this.name,
      services: Object.fromEntries(full),
      environments: { test: { runtime: this.#stage.runtime.name } },
    });
  }

  plan(manifest: string): Promise<{ readonly plan_id: string }> {
    const { house, program } = this.#stage;
    const names = Object.keys((JSON.parse(manifest) as { services: object }).services);
    const directories = program.directory === undefined ? [] : names.map((name) => [name, program.directory]);
    return house.plan(manifest, Object.fromEntries(directories));
  }

  apply({ plan_id }: { readonly plan_id: string }): Promise<DeploymentSeen> {
    return this.#stage.house.call('change.apply', { plan_id });
  }

  /** Starts a deployment; `outcome` waits for its end. */
  async start(version: string, varied?: Varied, services?: Readonly<Record<string, Varied>>): Promise<DeploymentSeen> {
    return this.apply(await this.plan(this.manifest(version, varied, services)));
  }

  outcome(deployment: Pick<DeploymentSeen, 'id'>): Promise<DeploymentSeen> {
    return this.#stage.house.outcome(deployment);
  }

  async ship(version: string, varied?: Varied, services?: Readonly<Record<string, Varied>>): Promise<DeploymentSeen> {
    return this.outcome(await this.start(version, varied, services));
  }

  /** Carries out another change: `scale_plan`, `rollback_plan`, `remove_plan` … */
  async change(verb: string, input: Readonly<Record<string, unknown>> = {}): Promise<DeploymentSeen> {
    const plan = await this.#stage.house.call<{ plan_id: string }>(`change.${verb}`, { ...this.scope, ...input });
    return this.outcome(await this.apply(plan));
  }

  deployments(): Promise<readonly DeploymentSeen[]> {
    return this.#stage.house
      .call<{ deployments: readonly DeploymentSeen[] }>('deployments.list', this.scope)
      .then(({ deployments }) => deployments);
  }

  service(name = 'web'): Promise<ServiceSeen> {
    return this.#stage.house.service(name, this.name);
  }

  /** Waits until the service is so. */
  becomes(holds: (seen: ServiceSeen) => boolean): Promise<ServiceSeen> {
    return until(() => this.service(), holds, patience, 100);
  }

  /** The releases that its routes lead to. */
  async routed(): Promise<readonly string[]> {
    const { routes } = await this.#stage.house.call<Routes>('traffic.routes');
    const releases = routes.filter(({ host }) => host === this.host).flatMap((route) => route.releases);
    return releases.filter(({ instances }) => instances.length > 0).map(({ release }) => release);
  }

  /** Writes the manifest where the command line finds it; returns the file. */
  async file(version: string, varied?: Varied): Promise<string> {
    const path = join(this.#stage.house.root, `${this.name}.yaml`);
    await writeFile(path, this.manifest(version, varied));
    return path;
  }

  get(path = '/', headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return get({ host: this.host, port: this.#stage.gateway.port, path, headers });
  }

  /** Begins a request that takes so long; resolves, with its answer to come, once an instance has it. */
  async slowly(ms: number): Promise<{ readonly answer: Promise<Answer> }> {
    const before = this.heard('slow').length;
    const answer = this.get(`/slow?ms=${ms}`);
    answer.catch(() => undefined);
    await until(
      () => this.heard('slow').length,
      (seen) => seen > before,
    );
    return { answer };
  }

  /** Users who go on asking, over connections that they keep. */
  load(): Load {
    return new Load(this.host, this.#stage.gateway.port);
  }

  pause(how: { readonly hold_ms: number } | { readonly message: string }): Promise<{ readonly live: boolean }> {
    return this.#stage.house.call('traffic.pause', { ...this.scope, service: 'web', ...how });
  }

  resume(): Promise<{ readonly was_paused: boolean }> {
    return this.#stage.house.call('traffic.resume', { ...this.scope, service: 'web' });
  }

  #service(version: string, varied: Varied): Varied {
    const { witness, program, runtime } = this.#stage;
    const worker = 'port' in varied && varied['port'] === undefined;
    const { probe, stop, strategy, env, ...rest } = varied;
    return {
      port: 8080,
      ...program.source,
      replicas: 1,
      probe: probe === 'none' ? probe : { ...(worker ? {} : { path: '/healthz' }), ...quick, ...probe },
      stop: { drain: '60s', grace: '60s', ...stop },
      strategy: { kind: 'rolling', bake: '100ms', ...strategy },
      env: { APP: this.name, VERSION: version, WITNESS: `http://${runtime.hostSeenFromInside}:${witness.port}`, ...env },
      ...(worker ? {} : { routes: [{ host: this.host }] }),
      ...rest,
    };
  }
}
