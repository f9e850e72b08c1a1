// A Swarm of several nodes on this machine, with an image that each of them can fetch; all of it gone when it is closed.
import { until } from '../kit/until.ts';
import type { Dockerd } from './dockerd.ts';
import { program, programImage } from './images.ts';
import type { Registry } from './mirror.ts';
import { openRegistry } from './mirror.ts';
import type { LabNode } from './node.ts';
import { NodeLab } from './nodes.ts';
import { closeManager, joinSwarm, openManager } from './swarm.ts';

const image = 'code-test/swarm:1';

export interface ListedNode {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: Readonly<Record<string, unknown>>;
  readonly Description: { readonly Hostname: string };
  readonly Status: { readonly State: string };
}

export class SwarmLab {
  readonly net: NodeLab;
  readonly workers: LabNode[] = [];
  #manager: Dockerd | undefined;
  #registry: Registry | undefined;
  #adding: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(net: NodeLab) {
    this.net = net;
  }

  /** With one node, this machine itself. */
  static async open(): Promise<SwarmLab> {
    const lab = new SwarmLab(await NodeLab.open());
    try {
      await lab.#begin();
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    this.#manager = await openManager(this.net.address, this.#trusting);
    await programImage(this.manager, image, program, ['EXPOSE 8080']);
    this.#registry = await openRegistry(this.net.address, await this.manager.bytes(`/images/${image}/get`));
  }

  /** Registries of the lab speak without TLS. */
  get #trusting(): readonly string[] {
    return ['--insecure-registry', this.net.network];
  }

  get manager(): Dockerd {
    if (!this.#manager) throw new Error('the lab is not open');
    return this.#manager;
  }

  /** Where every node finds the image of `program`. */
  get image(): string {
    if (!this.#registry) throw new Error('the lab is not open');
    return this.#registry.reference;
  }

  get size(): number {
    return this.workers.length + 1;
  }

  /** Adds a node; resolves when the Swarm counts on it. One at a time. */
  add(): Promise<LabNode> {
    if (this.#closed) throw new Error('the lab is closed');
    const adding = this.#add();
    this.#adding = adding;
    return adding;
  }

  async #add(): Promise<LabNode> {
    const node = await this.net.node(this.#trusting);
    this.workers.push(node);
    await joinSwarm(this.manager, node);
    await this.whenIs(node, 'ready');
    return node;
  }

  async grow(size: number): Promise<void> {
    while (this.size < size) await this.add();
  }

  nodes(): Promise<readonly ListedNode[]> {
    return this.manager.json('/nodes');
  }

  /** Of the node with this name, as the Swarm knows it. */
  async listed(name: string): Promise<ListedNode> {
    const found = (await this.nodes()).find(({ Description }) => Description.Hostname === name);
    if (!found) throw new Error(`${name} is no node of the Swarm`);
    return found;
  }

  /** Resolves when the Swarm says so of the node. */
  async whenIs({ name }: Pick<LabNode, 'name'>, state: 'ready' | 'down'): Promise<void> {
    await until(
      () => this.nodes(),
      (all) => all.some(({ Description, Status }) => Description?.Hostname === name && Status.State === state),
      undefined,
      20,
    );
  }

  /** Beside the labels that it has. */
  async label(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const { Spec } = await this.listed(name);
    await this.set(name, { Labels: { ...(Spec['Labels'] as object), ...labels } });
  }

  async set(name: string, change: Readonly<Record<string, unknown>>): Promise<void> {
    const { ID, Version, Spec } = await this.listed(name);
    await this.manager.send('POST', `/nodes/${ID}/update?version=${Version.Index}`, { ...Spec, ...change });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    // What is half made could not be found again.
    await this.#adding.catch(() => undefined);
    try {
      if (this.#manager) await closeManager(this.#manager);
    } finally {
      await this.#registry?.[Symbol.asyncDispose]();
      await this.net[Symbol.asyncDispose]();
    }
  }
}
