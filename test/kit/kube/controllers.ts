// The controllers of a test cluster: Deployments make ReplicaSets, these make Pods and choose which go, owners take what they own along.
import { createHash } from 'node:crypto';
import { runJob } from './control/jobs.ts';
import type { Gateways } from './control/routes.ts';
import { judgeRoute } from './control/routes.ts';
import type { Meta, Objects, Part, Stored } from './objects.ts';
import { matches } from './objects.ts';
import { faultsOf } from './schema.ts';
import { restricted } from './security.ts';
import { Status } from './status.ts';

interface Selector {
  readonly matchLabels: Record<string, string>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: 'Exists' }[];
}
interface Template {
  readonly metadata?: Pick<Meta, 'labels' | 'annotations'>;
  readonly spec: Part;
}
interface SetSpec {
  readonly replicas?: number;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly template: Template;
}
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}
export interface PodStatus {
  phase?: string;
  podIP?: string;
  conditions?: Condition[];
  containerStatuses?: Part[];
}

export interface ControllerDials {
  readonly gateways: Gateways;
  /** Pods at most, as a quota has it. */
  quota?: number;
}

export const statusOf = (pod: Stored): PodStatus => pod['status'] ?? {};
export const conditionOf = (pod: Stored, type: string): Condition | undefined => statusOf(pod).conditions?.find((one) => one.type === type);
export const isReady = (pod: Stored): boolean => conditionOf(pod, 'Ready')?.status === 'True';
const isActive = (pod: Stored): boolean =>
  pod.metadata.deletionTimestamp === undefined && !['Failed', 'Succeeded'].includes(statusOf(pod).phase ?? '');
const specOf = (object: Stored): SetSpec => object['spec'] as SetSpec;

export class Controllers {
  readonly #objects: Objects;
  readonly #dials: ControllerDials;
  readonly #end: (pod: string) => void;
  #busy = false;
  #again = false;

  constructor(objects: Objects, dials: ControllerDials, end: (pod: string) => void) {
    this.#objects = objects;
    this.#dials = dials;
    this.#end = end;
    objects.onChange(() => this.#soon());
  }

  /** Evictions are deletions that a budget may refuse. */
  evict(pod: Stored): void {
    for (const budget of this.#objects.list('PodDisruptionBudget')) {
      const { selector, maxUnavailable = 0 } = budget['spec'] as { selector: Selector; maxUnavailable?: number };
      if (!fits(selector, pod)) continue;
      const covered = this.#objects.list('Pod', (one) => fits(selector, one));
      // As the disruption controller has it: it asks the scale of what owns the pods, and a Job has none.
      if (covered.some((one) => ownerOf(one)?.kind === 'Job'))
        throw new Status(429, 'TooManyRequests', 'Cannot evict pod: jobs.batch does not implement the scale subresource');
      const wanted = this.#objects
        .list('ReplicaSet', (one) => fits(selector, one))
        .reduce((sum, one) => sum + (specOf(one).replicas ?? 1), 0);
      const healthy = covered.filter((one) => isActive(one) && isReady(one)).length;
      if (isReady(pod) && healthy - 1 < wanted - maxUnavailable)
        throw new Status(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.");
    }
    this.#end(pod.metadata.name);
  }

  /** Not within the change itself, as no controller is; once for many changes. */
  #soon(): void {
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    setImmediate(() => {
      while (this.#again) {
        this.#again = false;
        this.#pass();
      }
      this.#busy = false;
    });
  }

  #pass(): void {
    this.#collect();
    for (const one of this.#objects.list('Deployment')) this.#deployment(one);
    for (const one of this.#objects.list('ReplicaSet')) this.#replicaSet(one);
    const world = { objects: this.#objects, makePod: (job: Stored, template: Template) => this.#makePod(job, template), end: this.#end };
    for (const one of this.#objects.list('Job')) runJob(one, world);
    for (const one of this.#objects.list('HTTPRoute')) judgeRoute(one, this.#objects, this.#dials.gateways);
  }

  #collect(): void {
    for (const kind of ['ReplicaSet', 'Pod', 'ConfigMap'] as const)
      for (const { metadata } of this.#objects.list(kind)) {
        const orphaned =
          (metadata.ownerReferences ?? []).length > 0 &&
          !metadata.ownerReferences?.some((owner) => this.#objects.get(owner.kind, owner.name)?.metadata.uid === owner.uid);
        if (!orphaned) continue;
        if (kind !== 'Pod') this.#objects.delete(kind, metadata.name);
        else if (metadata.deletionTimestamp === undefined) this.#end(metadata.name);
      }
  }

  #deployment(deployment: Stored): void {
    const { replicas = 1, selector, template } = specOf(deployment);
    const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
    const name = `${deployment.metadata.name}-${hash}`;
    const hashed = { 'pod-template-hash': hash };
    const owned = this.#objects.list('ReplicaSet', (one) => ownerOf(one)?.uid === deployment.metadata.uid);
    // Another template rolls at once here: what is rolled is not what is tried.
    for (const old of owned) if (old.metadata.name !== name) this.#resize(old, 0);
    const current = owned.find((one) => one.metadata.name === name);
    if (current) this.#resize(current, replicas);
    else
      this.#objects.create(
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata: { name, labels: { ...template.metadata?.labels, ...hashed }, ownerReferences: [owner(deployment)] },
          spec: {
            replicas,
            selector: { matchLabels: { ...selector.matchLabels, ...hashed } },
            template: { ...template, metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...hashed } } },
          },
        },
        deployment.metadata.namespace,
      );
    const pods = this.#objects.list('Pod', (one) => matches(selector.matchLabels, one) && isActive(one));
    const ready = pods.filter(isReady).length;
    const failures = owned.flatMap((one) =>
      ((one['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? []).filter((each) => each.type === 'ReplicaFailure'),
    );
    const conditions = [{ type: 'Available', status: ready >= replicas ? 'True' : 'False', reason: 'MinimumReplicas' }, ...failures];
    this.#objects.update('Deployment', deployment.metadata.name, (copy) => {
      copy['status'] = {
        observedGeneration: copy.metadata.generation,
        replicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
        conditions,
      };
    });
  }

  #resize(set: Stored, replicas: number): void {
    this.#objects.update('ReplicaSet', set.metadata.name, (copy) => {
      copy['spec'] = { ...specOf(copy), replicas };
    });
  }

  #replicaSet(set: Stored): void {
    const { replicas = 1, selector, template } = specOf(set);
    const pods = this.#objects.list(
      'Pod',
      (one) => matches(selector.matchLabels, one) && isActive(one) && ownerOf(one)?.uid === set.metadata.uid,
    );
    let failure: string | undefined;
    for (let missing = replicas - pods.length; missing > 0 && failure === undefined; missing -= 1) failure = this.#makePod(set, template);
    for (const pod of firstToGo(pods, pods.length - replicas)) this.#end(pod.metadata.name);
    const conditions = failure === undefined ? [] : [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure }];
    this.#objects.update('ReplicaSet', set.metadata.name, (copy) => {
      copy['status'] = { replicas: pods.length, conditions };
    });
  }

  /** Why it was not admitted. */
  #makePod(set: Stored, template: Template): string | undefined {
    const name = `${set.metadata.name}-${Math.random().toString(36).slice(2, 7).padEnd(5, 'x')}`;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name, ownerReferences: [owner(set)] },
      spec: template.spec,
      status: { phase: 'Pending' },
    };
    // Without the name that it would have had: each try has another, and none of them is news.
    const refuse = (why: string): string => `pods "${set.metadata.name}-" is forbidden: ${why}`;
    const rights = restricted(template.spec);
    if (rights.length > 0) return refuse(`violates PodSecurity "restricted:latest": ${rights.join(', ')}`);
    const { quota } = this.#dials;
    if (quota !== undefined && this.#objects.list('Pod', isActive).length >= quota)
      return refuse(`exceeded quota: pods, used: pods=${quota}, limited: pods=${quota}`);
    const faults = faultsOf(
      { ...pod, metadata: { ...pod.metadata, namespace: '', uid: '', resourceVersion: '', creationTimestamp: '' } },
      undefined,
    );
    if (faults.length > 0) return faults.join(', ');
    this.#objects.create(pod, set.metadata.namespace);
    return undefined;
  }
}

function fits({ matchLabels, matchExpressions = [] }: Selector, object: Stored): boolean {
  return matches(matchLabels, object) && matchExpressions.every(({ key }) => object.metadata.labels?.[key] !== undefined);
}

function owner({ apiVersion, kind, metadata }: Stored) {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
}

function ownerOf({ metadata }: Stored) {
  return metadata.ownerReferences?.[0];
}

/** The documented order: unassigned, pending, not ready, cheap (pod-deletion-cost), ready for a shorter time, younger. */
function firstToGo(pods: readonly Stored[], count: number): readonly Stored[] {
  const cost = (pod: Stored): number => Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  const assigned = (pod: Stored): number => Number((pod['spec'] as { nodeName?: string }).nodeName !== undefined);
  const since = (pod: Stored): number => Date.parse(conditionOf(pod, 'Ready')?.lastTransitionTime ?? '') || 0;
  const phases = ['Pending', 'Unknown', 'Running'];
  const order = (a: Stored, b: Stored): number =>
    assigned(a) - assigned(b) ||
    phases.indexOf(statusOf(a).phase ?? '') - phases.indexOf(statusOf(b).phase ?? '') ||
    Number(isReady(a)) - Number(isReady(b)) ||
    cost(a) - cost(b) ||
    since(b) - since(a) ||
    Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp);
  return count <= 0 ? [] : pods.toSorted(order).slice(0, count);
}
