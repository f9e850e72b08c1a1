// A test cluster: API, controllers, and pods as processes. Nothing of it is left when it is closed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { unusedPort } from '../../../src/platform/process/ports.ts';
import type { ApiOptions } from './api.ts';
import { Api } from './api.ts';
import type { ControllerDials } from './controllers.ts';
import { Controllers } from './controllers.ts';
import type { Image } from './kubelet.ts';
import { PodLife } from './kubelet.ts';
import type { Stored } from './objects.ts';

export interface ClusterOptions extends Partial<Pick<ApiOptions, 'token' | 'tls' | 'admit'>> {
  /** Milliseconds for which a second of probes and back-offs stands. */
  readonly second?: number;
}

export class TestCluster {
  readonly api: Api;
  readonly directory: string;
  /** By reference; whoever asks for another gets an error of the pull. */
  readonly images = new Map<string, Image>();
  readonly dials: ControllerDials & {
    unschedulable?: string;
    unmountable?: string;
    second: number;
    images: Map<string, Image>;
    directory: string;
  };
  readonly #lives = new Map<string, PodLife>();
  readonly #controllers: Controllers;
  /** Addresses of this cluster's pods: `127.A.B.1` and on. */
  readonly #block = [64 + Math.floor(Math.random() * 190), Math.floor(Math.random() * 255)] as const;
  #addresses = 0;
  #closed = false;
  port = 0;

  private constructor(directory: string, options: ClusterOptions) {
    this.directory = directory;
    this.dials = { second: options.second ?? 50, images: this.images, gateways: new Set(['infra/public']), directory };
    this.api = new Api({
      ...options,
      namespaces: ['shop'],
      logs: (pod, previous) => (previous ? this.#lives.get(pod)?.previous : this.#lives.get(pod)?.output),
      speaks: (pod) => this.#lives.get(pod)?.pid !== undefined,
      exec: (pod, command) => {
        const life = this.#lives.get(pod);
        return life?.pid === undefined ? undefined : () => life.exec(command);
      },
      evict: (pod) => this.#controllers.evict(pod),
    });
    const { objects } = this.api;
    this.#controllers = new Controllers(objects, this.dials, (pod) => this.api.endPod(pod));
    objects.onChange(({ type, object }) => {
      if (object.kind === 'Pod') this.#pod(type === 'ADDED', object);
    });
  }

  static async open(options: ClusterOptions = {}): Promise<TestCluster> {
    const cluster = new TestCluster(await mkdtemp(join(tmpdir(), 'kube-test-')), options);
    cluster.port = await cluster.api.listen();
    return cluster;
  }

  /** After `api.close()`: at the same address again. */
  async reopen(): Promise<void> {
    await this.api.listen(this.port);
  }

  get server(): string {
    return `${this.api.options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Writes a kubeconfig and returns its path. */
  async kubeconfig(user: object = {}, cluster: object = {}): Promise<string> {
    const path = join(this.directory, `config-${(this.#addresses += 1)}`);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'here', user: 'me', namespace: 'shop' } }],
      clusters: [{ name: 'here', cluster: { server: this.server, ...cluster } }],
      users: [{ name: 'me', user }],
    };
    await writeFile(path, stringify(config));
    return path;
  }

  pods(): readonly Stored[] {
    return this.api.objects.list('Pod');
  }

  life(pod: string): PodLife | undefined {
    return this.#lives.get(pod);
  }

  /** A port that is free on all addresses of the pods. */
  freePort(): Promise<number> {
    return unusedPort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever ends now is replaced by nobody.
    this.#closed = true;
    for (const life of this.#lives.values()) life.kill();
    await this.api.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  #pod(isNew: boolean, { metadata, ...pod }: Stored): void {
    const spec = pod['spec'] as { readonly activeDeadlineSeconds?: number; readonly terminationGracePeriodSeconds?: number };
    if (isNew) {
      this.#addresses += 1;
      const [a, b] = this.#block;
      const stored = this.api.objects.get('Pod', metadata.name);
      if (!stored || this.#closed) return;
      const life = new PodLife(stored, `127.${a}.${b}.${1 + (this.#addresses % 250)}`, this.api.objects, this.dials);
      this.#lives.set(metadata.name, life);
      // Not within the change itself.
      setImmediate(() => void life.run());
    } else if (metadata.deletionTimestamp !== undefined) this.#lives.get(metadata.name)?.end(metadata.deletionGracePeriodSeconds ?? 30);
    else if (spec.activeDeadlineSeconds !== undefined) this.#lives.get(metadata.name)?.expire(spec.terminationGracePeriodSeconds ?? 30);
  }
}
