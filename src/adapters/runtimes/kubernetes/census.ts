// What is in the cluster of ours, from two watches, and what the engine is told of it.
import type { Instance, ReplicaSet, Scope } from '../../../model/instance.ts';
import { scopeKey } from '../../../model/instance.ts';
import type { Member } from './depart.ts';
import { annotation, cost, label, setName } from './objects/names.ts';
import { drainingSince, emptyInstance, instancesOf, isReady } from './observe.ts';
import type { Deployment, Pod } from './shapes.ts';
import { deploymentShape, podShape } from './shapes.ts';
import type { Site } from './site.ts';
import { Deaths, timeOf } from './watch/deaths.ts';
import { Reflector } from './watch/reflector.ts';
import { Warnings } from './watch/warnings.ts';

/** The cluster's times are whole seconds, cut: what it made at 5.9 s says 5. */
const cut = 999;

export class Census {
  readonly #site: Site;
  readonly #pods: Reflector<Pod>;
  readonly #deployments: Reflector<Deployment>;
  readonly #deaths = new Deaths();
  /** By uid, on our clock. */
  readonly #firstSeen = new Map<string, number>();
  readonly #refused = new Map<string, { readonly set: ReplicaSet; readonly because: string }>();
  readonly #dismantled = new Set<string>();
  readonly #warnings: Warnings;

  constructor(site: Site) {
    this.#site = site;
    this.#warnings = new Warnings({ ...site, came: (pod) => this.#wakeFor(pod) });
    this.#pods = new Reflector({ ...site, kind: 'Pod', shape: podShape, seen: (pod, how) => this.#seenPod(pod, how) });
    this.#deployments = new Reflector({ ...site, kind: 'Deployment', shape: deploymentShape, seen: (one) => this.#wakeFor(one) });
    void this.#pods.run(site.lifetime);
    void this.#deployments.run(site.lifetime);
  }

  async synced(): Promise<void> {
    await Promise.all([this.#pods.all(), this.#deployments.all()]);
  }

  /** Errors: why the cluster cannot be asked; what was seen before says nothing of now. */
  async instances(scope: Scope): Promise<readonly Instance[]> {
    const deployments = (await this.#deployments.all()).filter((one) => isOf(one, scope));
    const pods = (await this.#pods.all()).filter((one) => isOf(one, scope) && one.metadata.labels[label.task] === undefined);
    const unchecked = new Set(
      deployments.filter((one) => one.metadata.annotations[annotation.unchecked] === 'true').map((one) => one.metadata.name),
    );
    const populated = new Set(pods.map(setOf));
    const now = this.#site.clock.now();
    const empty = deployments
      .filter((one) => !populated.has(one.metadata.name) && one.spec.replicas > 0)
      .map((one) => emptyInstance(one, now));
    const known = new Set(deployments.map((one) => one.metadata.name));
    return [
      ...pods.flatMap((pod) => instancesOf({ ...this.#factsOf(pod), unchecked: unchecked.has(setOf(pod)) })),
      ...empty,
      ...[...this.#refused].flatMap(([name, one]) =>
        known.has(name) || scopeKey(one.set.scope) !== scopeKey(scope) ? [] : [refusedInstance(name, one, now)],
      ),
    ];
  }

  /** Pods of a set that are there and were not told to end. */
  members(name: string): readonly Member[] {
    return this.#pods.now().flatMap((pod): readonly Member[] => {
      const { metadata, status } = pod;
      const over = status.phase === 'Failed' || status.phase === 'Succeeded';
      if (setOf(pod) !== name || metadata.deletionTimestamp !== undefined || over) return [];
      const drainingAt = drainingSince(pod);
      const leaving = drainingAt === undefined ? {} : { drainingAt, released: metadata.annotations[annotation.cost] === cost.released };
      return [{ name: metadata.name, ready: isReady(pod), startedAt: this.#since(pod), ...leaving }];
    });
  }

  hasPod(name: string): boolean {
    return this.#pods.get(name) !== undefined;
  }

  /** The name of the set that a pod belongs to. */
  setOfPod(name: string): string | undefined {
    return this.#pods.get(name)?.metadata.labels[label.set];
  }

  /** Of a task's Job; the newest, should there be several. */
  podOfTask(job: string): Pod | undefined {
    const mine = this.#pods.now().filter((one) => one.metadata.labels[label.task] === job);
    return mine.toSorted((a, b) => this.#since(b) - this.#since(a))[0];
  }

  replicasOf(name: string): number {
    return this.#deployments.get(name)?.spec.replicas ?? 0;
  }

  generationOf(name: string): number | undefined {
    return this.#deployments.get(name)?.metadata.generation;
  }

  deploymentOf(replicaSet: string): { readonly name: string; readonly service: string; readonly drain: number | undefined } | undefined {
    const found = this.#deployments.now().find((one) => one.metadata.annotations[annotation.replicaSet] === replicaSet);
    if (!found) return undefined;
    const { name, labels, annotations } = found.metadata;
    const drain = Number(annotations[annotation.drain]);
    return { name, service: labels[label.service] ?? '', drain: Number.isNaN(drain) ? undefined : drain };
  }

  /** Whether a service has any other set than this one. */
  isLast(name: string, scope: Scope, service: string): boolean {
    return !this.#deployments
      .now()
      .some((one) => one.metadata.name !== name && isOf(one, scope) && one.metadata.labels[label.service] === service);
  }

  tookPod(raw: unknown): void {
    this.#pods.put(raw);
  }

  tookDeployment(raw: unknown): void {
    this.#deployments.put(raw);
  }

  /** Why there is nothing of a set; `undefined`: it was taken. */
  refused(set: ReplicaSet, because: string | undefined): void {
    const name = setName(this.#site.home, set);
    this.#dismantled.delete(name);
    if (because === undefined) this.#refused.delete(name);
    else this.#refused.set(name, { set, because });
  }

  dismantled(name: string): void {
    this.#refused.delete(name);
    this.#dismantled.add(name);
  }

  /** Nothing of it is left to be removed. */
  isDismantled(name: string): boolean {
    return this.#dismantled.has(name) && this.#deployments.get(name) === undefined;
  }

  #factsOf(pod: Pod) {
    const firstSeen = this.#since(pod);
    const waits = !isReady(pod) && pod.metadata.deletionTimestamp === undefined;
    const dueAt = this.#warnings.dueAt(firstSeen);
    if (waits && dueAt > this.#site.clock.now()) this.#wakeFor(pod, dueAt);
    const warning = waits ? this.#warnings.of(pod, firstSeen) : undefined;
    return { pod, firstSeen, deaths: this.#deaths.of(pod.metadata.uid), ...(warning !== undefined && { warning }) };
  }

  #seenPod(pod: Pod, how: 'listed' | 'changed' | 'gone'): void {
    const { uid, creationTimestamp } = pod.metadata;
    const now = this.#site.clock.now();
    if (how === 'gone') {
      this.#firstSeen.delete(uid);
      this.#deaths.forget(uid);
      this.#warnings.forget(uid);
    } else {
      const made = how === 'listed' ? timeOf(creationTimestamp) : undefined;
      if (!this.#firstSeen.has(uid)) this.#firstSeen.set(uid, made === undefined ? now : Math.min(now, made + cut));
      this.#deaths.note(pod, how === 'changed' ? now : undefined);
    }
    this.#wakeFor(pod);
  }

  #since(pod: Pod): number {
    return this.#firstSeen.get(pod.metadata.uid) ?? this.#site.clock.now();
  }

  #wakeFor({ metadata }: Pod | Deployment, at?: number): void {
    const [application, environment] = [metadata.labels[label.application], metadata.labels[label.environment]];
    if (application !== undefined && environment !== undefined) this.#site.wake({ application, environment }, at);
  }
}

function isOf({ metadata }: Pod | Deployment, { application, environment }: Scope): boolean {
  return metadata.labels[label.application] === application && metadata.labels[label.environment] === environment;
}

function setOf({ metadata }: Pod): string {
  return metadata.labels[label.set] ?? '';
}

function refusedInstance(name: string, { set, because }: { readonly set: ReplicaSet; readonly because: string }, now: number): Instance {
  return {
    id: name,
    replicaSet: set.id,
    generation: set.generation,
    state: 'running',
    ready: false,
    startedAt: now,
    unreadyBecause: because,
  };
}
