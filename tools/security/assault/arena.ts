// The house under attack: a daemon, its gateway and what two parties deployed, all of it real, with tokens for whoever attacks it.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasCode } from '../../../src/base/errors.ts';
import type { Role } from '../../../src/model/principal.ts';
import type { DeploymentSeen } from '../../../test/kit/house.ts';
import { House } from '../../../test/kit/house.ts';
import type { Reply, Seen } from './api.ts';
import { Api } from './api.ts';
import type { Place } from './inputs.ts';
import { recorder, recording } from './programs.ts';

export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly fields: readonly string[];
  readonly content: string;
}

/** Whose a token is. */
export interface Wish {
  readonly roles?: readonly { readonly role: Role; readonly application?: string; readonly environment?: string }[];
  readonly effects?: readonly string[];
  readonly kind?: 'token' | 'service' | 'agent';
  readonly limits?: object;
  readonly owner?: string;
  readonly expires_in_ms?: number;
}

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
}

export interface ArenaOptions {
  /** The daemon's entry; absent: that of these sources. */
  readonly program?: string | undefined;
}

type Parts = Pick<Arena, 'house' | 'api' | 'gatewayPort' | 'operations' | 'shop' | 'mine' | 'snapshot' | 'admin'>;

const sources = fileURLToPath(new URL('../../../src/main/daemon.ts', import.meta.url));

export class Arena {
  readonly house: House;
  readonly api: Api;
  readonly gatewayPort: number;
  /** As the API describes them. */
  readonly operations: readonly Seen[];
  /** What the attacked have; `mine` is what the attackers have a right to. */
  readonly shop: Place;
  readonly mine: Place;
  /** Of a directory that both deployed. */
  readonly snapshot: string;
  /** A token that may do everything, for harmless twins. */
  readonly admin: Token;
  readonly #program: string;
  readonly #pid: number;
  readonly #gateways: string;
  #made = 0;
  #newest: Promise<unknown> = Promise.resolve();

  private constructor(parts: Parts, gateways: string, program: string) {
    this.house = parts.house;
    this.api = parts.api;
    this.gatewayPort = parts.gatewayPort;
    this.operations = parts.operations;
    this.shop = parts.shop;
    this.mine = parts.mine;
    this.snapshot = parts.snapshot;
    this.admin = parts.admin;
    this.#pid = parts.house.daemonPid;
    this.#gateways = gateways;
    this.#program = program;
  }

  static async open({ program = sources }: ArenaOptions = {}): Promise<Arena> {
    const settings = { runtimes: 'process', calls_allowed: '127.0.0.1/32', log_level: 'info' };
    const house = await House.open(settings, {}, program);
    try {
      return await furnished(house, (parts, gateways) => new Arena(parts, gateways, program));
    } catch (thrown) {
      await house[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  operation(name: string): Seen {
    const found = this.operations.find((one) => one.name === name);
    if (!found) throw new Error(`the API describes no ${name}`);
    return found;
  }

  ask(name: string, input: object, token: Token | undefined, more: object = {}): Promise<Reply> {
    return this.api.call(this.operation(name), input, { token: token?.secret, ...more });
  }

  /** As `ask`, for what has to work. */
  async done<T>(name: string, input: object, token: Token | undefined = this.admin): Promise<T> {
    const { status, body } = await this.ask(name, input, token);
    if (status !== 200) throw new Error(`${name} was answered with ${status}: ${body.slice(0, 500)}`);
    return JSON.parse(body.split('\n')[0] ?? '') as T;
  }

  /** A new token of somebody; as whoever owns the machine. */
  token(wish: Wish): Promise<Token> {
    this.#made += 1;
    const name = `one-${this.#made}`;
    const one = this.#newest.then(() => this.house.call<Omit<Token, 'name'>>('tokens.create', { name, ...wish }));
    // Two that are made at once keep each other from it.
    this.#newest = one.catch(() => undefined);
    return one.then(({ id, secret }) => ({ id, name, secret }));
  }

  /** What the instance behind the gateway was asked since it was looked at last, asked around the gateway. */
  async recorded(application = 'shop'): Promise<readonly Recorded[]> {
    const { instances } = await this.house.service('web', application);
    const [host = '', port = ''] = (instances.find((one) => one.ready)?.address ?? '').split(':');
    const answer = await fetch(`http://${host}:${port}/__seen`);
    return (await answer.json()) as readonly Recorded[];
  }

  /** Deploys a manifest whose services all run from the recorder's directory, as whoever owns the machine. */
  async deploy(manifest: string, services: readonly string[]): Promise<DeploymentSeen> {
    const snapshots = Object.fromEntries(services.map((one) => [one, this.snapshot]));
    const { plan_id } = await this.house.call<{ plan_id: string }>('change.plan', { manifest, snapshots });
    return this.house.outcome(await this.house.call<DeploymentSeen>('change.apply', { plan_id }));
  }

  /** What the command line prints, both streams together, as the bytes that a terminal would get. */
  cli(...args: readonly string[]): Promise<string> {
    const entry = join(dirname(this.#program), `cli${extname(this.#program)}`);
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [entry, '--home', this.house.home, ...args],
        { env: { ...process.env, NO_COLOR: '1' } },
        (_, stdout, stderr) => resolve(stdout + stderr),
      );
    });
  }

  /** Why the house does not stand as it stood, or nothing. */
  async fallen(): Promise<string | undefined> {
    const alive = await this.house.call('system.info').then(
      () => true,
      // Who asks this often is told to wait by somebody who lives.
      (thrown: unknown) => hasCode(thrown, 'rate_limited'),
    );
    if (!alive) return `the daemon does not answer: ${this.house.log.slice(-500)}`;
    if (this.house.daemonPid !== this.#pid) return 'the daemon was started again';
    if (/"msg":"(?:uncaught|unhandled)"/.test(this.house.log)) return `a defect: ${this.house.log.slice(-1_000)}`;
    return (await gatewaysOf(this.house.home)) === this.#gateways ? undefined : 'a process of the gateway was replaced';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.api.close();
    await this.house[Symbol.asyncDispose]();
  }
}

/** Process ids of the gateway, as its own files tell them. */
export async function gatewaysOf(home: string): Promise<string> {
  const files = ['gateway/gateway.json', 'gateway/2/gateway.json'].map((path) => readFile(join(home, path), 'utf8').catch(() => '{}'));
  return (await Promise.all(files))
    .map((text) => String((JSON.parse(text) as { identity?: { pid: number } }).identity?.pid ?? ''))
    .join(' ');
}

async function furnished(house: House, made: (parts: Parts, gateways: string) => Arena): Promise<Arena> {
  const directory = join(house.root, 'service');
  await mkdir(directory);
  await writeFile(join(directory, 'server.js'), recorder);
  const snapshot = await house.upload(directory);
  const { api: url } = JSON.parse(await readFile(join(house.home, 'daemon.json'), 'utf8')) as { readonly api: string };
  const api = new Api(Number(new URL(url).port));
  const operations = await api.operations();
  const admin = await house.call<Token>('tokens.create', { name: 'admin', roles: [{ role: 'admin' }] });
  const places: Place[] = [];
  for (const [application, host] of [
    ['shop', '*'],
    ['mine', 'mine.test'],
  ] as const)
    places.push(await settled({ house, api, operations }, { application, host, snapshot, admin }));
  const [shop, mine] = places;
  if (!shop || !mine) throw new Error('nothing was deployed');
  const { port: gatewayPort } = await house.gateway();
  return made({ house, api, gatewayPort, operations, shop, mine, snapshot, admin }, await gatewaysOf(house.home));
}

interface Settling {
  readonly application: string;
  readonly host: string;
  readonly snapshot: string;
  readonly admin: Token;
}

/** Deploys one application and leaves a plan, a task and an instance of it, by whose ids it can be attacked. */
async function settled(
  { house, api, operations }: Pick<Arena, 'house' | 'api' | 'operations'>,
  { application, host, snapshot, admin }: Settling,
): Promise<Place> {
  const scope = { application, environment: 'default' };
  const { plan_id } = await house.call<{ plan_id: string }>('change.plan', {
    manifest: recording(application, host),
    snapshots: { web: snapshot },
  });
  const { id: deployment, outcome, reason } = await house.outcome(await house.call<DeploymentSeen>('change.apply', { plan_id }));
  if (outcome !== 'succeeded') throw new Error(`${application} was not deployed: ${outcome} ${reason}`);
  const plan = await house.call<{ plan_id: string; digest: string }>('change.restart_plan', scope);
  const command = operations.find(({ name }) => name === 'jobs.command');
  if (!command) throw new Error('the API describes no jobs.command');
  const { body } = await api.call(command, { ...scope, service: 'web', command: ['true'], detach: true }, { token: admin.secret });
  const { task } = JSON.parse(body.split('\n')[0] ?? '') as { readonly task: { readonly id: string } };
  const { instances } = await house.service('web', application);
  return { ...scope, deployment, plan: plan.plan_id, digest: plan.digest, task: task.id, instance: instances[0]?.id ?? '' };
}
