// What is asked of the cluster: objects made and taken away, pods chosen to leave.
import type { ReplicaSet, Scope } from '../../../model/instance.ts';
import type { Census } from './census.ts';
import { annotation, cost, label, serviceName, setName } from './objects/names.ts';
import type { SetObjects } from './objects/render.ts';
import { inOrder, renderSet } from './objects/render.ts';
import { deploymentShape } from './shapes.ts';
import type { Site } from './site.ts';

export class Writer {
  readonly #site: Site;
  readonly #census: Census;

  constructor(site: Site, census: Census) {
    this.#site = site;
    this.#census = census;
  }

  nameOf(set: ReplicaSet): string {
    return setName(this.#site.home, set);
  }

  async objectsOf(set: ReplicaSet): Promise<SetObjects> {
    const { home, clusterGateway: gateway } = this.#site;
    const secrets = await this.#site.secrets(set.scope, set.release.run.secrets);
    return renderSet({ set, home, secrets, surroundings: await this.#site.surroundings(set), ...(gateway && { gateway }) });
  }

  /** In order, the Deployment last; returns its generation. */
  async make(objects: SetObjects, signal: AbortSignal): Promise<number | undefined> {
    let last: unknown;
    for (const object of inOrder(objects)) last = await this.#site.client.apply(object, signal);
    this.#census.tookDeployment(last);
    return deploymentShape.parse(last).metadata.generation;
  }

  async resize(name: string, replicas: number, signal: AbortSignal): Promise<void> {
    if (this.#census.replicasOf(name) !== replicas)
      this.#census.tookDeployment(await this.#site.client.patch('Deployment', name, { spec: { replicas } }, signal));
  }

  /** Out of its Service, as the gateway takes it out of the routes. */
  async chooseToLeave(pod: string, now: number, signal: AbortSignal): Promise<void> {
    const annotations = { [annotation.draining]: String(now), [annotation.cost]: cost.leaving };
    await this.#mark(pod, { annotations, labels: { [label.serving]: 'false' } }, signal);
  }

  async release(pod: string, signal: AbortSignal): Promise<void> {
    await this.#mark(pod, { annotations: { [annotation.cost]: cost.released } }, signal);
  }

  async letStay(pod: string, signal: AbortSignal): Promise<void> {
    const annotations = { [annotation.draining]: null, [annotation.cost]: null };
    await this.#mark(pod, { annotations, labels: { [label.serving]: 'true' } }, signal);
  }

  /** Its pods are told to end with it; what is shared goes with the last set of a service. */
  async dismantle(name: string, scope: Scope, service: string, signal: AbortSignal): Promise<void> {
    const { client, home, clusterGateway } = this.#site;
    const kinds = ['Deployment', 'ConfigMap', 'Secret', ...(clusterGateway ? (['Service'] as const) : [])] as const;
    for (const kind of kinds) await client.remove(kind, name, signal);
    if (!this.#census.isLast(name, scope, service)) return;
    const shared = serviceName(home, scope, service);
    for (const kind of ['Service', 'PodDisruptionBudget', 'NetworkPolicy'] as const) await client.remove(kind, shared, signal);
  }

  async #mark(pod: string, metadata: unknown, signal: AbortSignal): Promise<void> {
    const patched = await this.#site.client.patch('Pod', pod, { metadata }, signal);
    if (patched !== undefined) this.#census.tookPod(patched);
  }
}
