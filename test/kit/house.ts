// A real house for a test: daemon, gateway and instances as processes on an empty home, all of it gone afterwards.

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Digest } from '../../src/base/digest.ts';
import { createApiClient } from '../../src/platform/http/client.ts';
import { scanDirectory } from '../../src/platform/tree/scan.ts';
import { uploadTree } from '../../src/platform/tree/upload.ts';
import { patience, until } from './until.ts';

export interface DeploymentSeen {
  readonly id: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly last_log?: readonly string[];
  readonly services: readonly { readonly service: string; readonly stage: string; readonly to?: { readonly release: string } }[];
}

export interface InstanceSeen {
  readonly id: string;
  readonly release: string;
  readonly state: string;
  readonly ready: boolean;
  readonly pid?: number;
  readonly address?: string;
  readonly unready_because?: string;
}

export interface ServiceSeen {
  readonly service: string;
  readonly release: string;
  readonly replicas: number;
  readonly ready: number;
  readonly state: string;
  readonly instances: readonly InstanceSeen[];
}

const source = (path: string) => fileURLToPath(new URL(`../../src/main/${path}`, import.meta.url));

type Settings = Readonly<Record<string, string>>;

/** Any free ports, of this machine only. */
const quiet: Settings = { gateway_listen: '127.0.0.1:0', api_listen: '127.0.0.1:0' };

export class House {
  readonly root: string;
  readonly home: string;
  readonly #client;
  readonly #settings: Settings;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #program: string;
  #daemon: ChildProcess | undefined;
  #log = '';

  private constructor(root: string, settings: Settings, environment: NodeJS.ProcessEnv, program: string) {
    this.root = root;
    this.#environment = environment;
    this.#program = program;
    this.#settings = { ...quiet, ...settings };
    this.home = join(root, 'home');
    this.#client = createApiClient({ kind: 'socket', path: join(this.home, 'daemon.sock') });
  }

  /**
   * `settings`: as flags give them, in every life of its daemon; `environment`: of the daemon, beside ours; `program`: the daemon of another
   * house, such as the built one, instead of the one of these sources.
   */
  static async open(settings: Settings = {}, environment: NodeJS.ProcessEnv = {}, program = source('daemon.ts')): Promise<House> {
    const house = new House(await mkdtemp(join(tmpdir(), 'codectl-test-')), settings, environment, program);
    try {
      await house.up();
      return house;
    } catch (thrown) {
      // Whoever opens it has nothing to dispose of.
      await house[Symbol.asyncDispose]().catch(() => undefined);
      throw thrown;
    }
  }

  get daemonPid(): number {
    return this.#daemon?.pid ?? 0;
  }

  /** Starts the daemon and waits until it answers. */
  async up(): Promise<void> {
    const set = Object.entries(this.#settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const args = [this.#program, '--home', this.home, ...set];
    const daemon = spawn(process.execPath, args, { env: { ...process.env, ...this.#environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [daemon.stdout, daemon.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    this.#daemon = daemon;
    const answers = async () => {
      if (daemon.exitCode !== null) throw new Error(`the daemon ended while it started: ${this.#log}`);
      return this.call('system.info').catch(() => undefined);
    };
    await until(answers, (seen) => seen !== undefined);
  }

  /** SIGKILL, as a crash would; resolves when it is gone. */
  async crash(): Promise<void> {
    const daemon = this.#daemon;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const gone = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await gone;
  }

  /** What the daemon wrote to its log. */
  get log(): string {
    return this.#log;
  }

  call<T = unknown>(name: string, input: Record<string, unknown> = {}, method: 'GET' | 'POST' = isRead(name) ? 'GET' : 'POST'): Promise<T> {
    const signal = AbortSignal.timeout(patience);
    const request =
      method === 'GET'
        ? { method, path: `/v1/${name}`, query: input as Record<string, string>, signal }
        : { method, path: `/v1/${name}`, json: input, signal };
    return this.#client.json(request) as Promise<T>;
  }

  /** Plans a manifest whose services run from the given directories. */
  async plan(
    manifest: string,
    directories: Readonly<Record<string, string>> = {},
  ): Promise<{
    readonly plan_id: string;
    readonly changes: readonly { service: string; kind: string; reason: string }[];
    readonly warnings: readonly string[];
  }> {
    const snapshots: Record<string, string> = {};
    for (const [service, directory] of Object.entries(directories)) snapshots[service] = await this.upload(directory);
    return this.call('change.plan', { manifest, snapshots });
  }

  /** Stores a directory, as a plan's `snapshots` name it. */
  async upload(directory: string): Promise<Digest> {
    const signal = AbortSignal.timeout(patience);
    return (await uploadTree(await scanDirectory(directory, {}, signal), this.#sink(), signal)).digest;
  }

  async deploy(manifest: string, directories: Readonly<Record<string, string>> = {}): Promise<DeploymentSeen> {
    const plan = await this.plan(manifest, directories);
    return this.call('change.apply', { plan_id: plan.plan_id });
  }

  /** Waits for the outcome. */
  async outcome({ id }: Pick<DeploymentSeen, 'id'>): Promise<DeploymentSeen> {
    return until(
      () => this.call<DeploymentSeen>('deployments.get', { id }),
      (seen) => seen.outcome !== undefined,
      3 * patience,
      // Many may wait side by side, and the daemon counts calls.
      100,
    );
  }

  async service(name: string, application?: string): Promise<ServiceSeen> {
    const { environments } = await this.call<{ environments: readonly { application: string; services: readonly ServiceSeen[] }[] }>(
      'apps.status',
      application ? { application } : {},
    );
    const found = environments.flatMap((one) => one.services).find((one) => one.service === name);
    if (!found) throw new Error(`no service ${name}`);
    return found;
  }

  /** HOST:PORT of the gateway. */
  async gateway(): Promise<{ readonly host: string; readonly port: number }> {
    const { listening } = await this.call<{ listening: string }>('traffic.routes');
    const [host = '', port = ''] = listening.split(':');
    return { host, port: Number(port) };
  }

  /** Removes everything deployed, ends daemon and gateway, and deletes the home. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon?.exitCode !== null || this.#daemon.signalCode !== null) await this.up().catch(() => undefined);
    const left = await this.#removeAll().catch((): readonly number[] => []);
    // Refused while something is deployed that nobody may remove.
    const ends = await this.call('system.stop', { everything: true }).then(
      () => true,
      () => false,
    );
    if (ends && this.#daemon && this.#daemon.exitCode === null && this.#daemon.signalCode === null)
      await Promise.race([once(this.#daemon, 'exit'), new Promise((resolve) => setTimeout(resolve, patience))]);
    await this.crash();
    // Only now: the daemon would have replaced them.
    for (const pid of left) kill(pid);
    await this.#killGateway();
    this.#client.close();
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Side by side, whatever becomes of one; returns the processes that did not go. */
  async #removeAll(): Promise<readonly number[]> {
    const { environments } = await this.call<{ environments: readonly Deployed[] }>('apps.status');
    await Promise.allSettled(
      environments.map(async ({ application, environment }) => {
        const plan = await this.call<{ plan_id: string }>('change.remove_plan', { application, environment });
        await this.outcome(await this.call<DeploymentSeen>('change.apply', { plan_id: plan.plan_id }));
      }),
    );
    const left = await this.call<{ environments: readonly Deployed[] }>('apps.status');
    const instances = left.environments.flatMap((one) => one.services).flatMap((one) => one.instances);
    return instances.flatMap(({ pid }) => pid ?? []);
  }

  async #killGateway(): Promise<void> {
    for (const place of ['gateway', 'gateway/2']) {
      const text = await readFile(join(this.home, place, 'gateway.json'), 'utf8').catch(() => '{}');
      const { pid } = (JSON.parse(text) as { identity?: { pid: number } }).identity ?? {};
      if (pid !== undefined) kill(pid);
    }
  }

  #sink() {
    const signal = AbortSignal.timeout(patience);
    return {
      missing: async (digests: readonly Digest[]) =>
        (await this.call<{ missing: readonly Digest[] }>('artifacts.missing', { digests })).missing,
      putBlob: async (digest: Digest, content: AsyncIterable<Uint8Array>) =>
        void (await this.#client.json({ method: 'POST', path: '/v1/artifacts.put_blob', query: { digest }, content, signal })),
      putTree: async (tree: { readonly entries: readonly unknown[] }) =>
        (await this.call<{ digest: Digest }>('artifacts.put_tree', { entries: tree.entries })).digest,
    };
  }
}

interface Deployed {
  readonly application: string;
  readonly environment: string;
  readonly services: readonly ServiceSeen[];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, as it should be.
  }
}

function isRead(name: string): boolean {
  return /^(apps\.|deployments\.(get|list)|traffic\.routes|system\.(info|settings|doctor)|audit\.|tokens\.list|change\.show)/.test(name);
}
