// What objects of ours are called in a cluster, and the labels and annotations by which they are found again.
import { digestOfJson, shortDigest } from '../../../../base/digest.ts';
import type { ReplicaSet, Scope } from '../../../../model/instance.ts';
import { scopeKey } from '../../../../model/instance.ts';

export const label = {
  by: 'app.kubernetes.io/managed-by',
  application: 'app.kubernetes.io/part-of',
  service: 'app.kubernetes.io/name',
  home: 'codectl/home',
  environment: 'codectl/environment',
  /** The name of the replica set's Deployment. */
  set: 'codectl/set',
  /** The name of a task's Job, on its pod. */
  task: 'codectl/task',
  /** `true` until a pod is chosen to leave; Services select by it, the Deployment does not. */
  serving: 'codectl/serving',
} as const;

export const annotation = {
  replicaSet: 'codectl/replica-set',
  generation: 'codectl/generation',
  drain: 'codectl/drain',
  port: 'codectl/port',
  unchecked: 'codectl/unchecked',
  /** When it was chosen to leave, in milliseconds since the epoch. */
  draining: 'codectl/draining-at',
  /** Of an HTTPRoute: the service whose requests it carries. */
  key: 'codectl/service-key',
  /** Of a Job: the instance and the task that it is. */
  instance: 'codectl/instance',
  task: 'codectl/task',
  /** Of what a task is told: its Job has been there, so that one that is missing was taken away. */
  begun: 'codectl/begun-at',
  /** When a task was told to end. */
  stopping: 'codectl/stopping-at',
  /** Why it never began. */
  because: 'codectl/because',
  /** Read by Kubernetes: of pods that are alike otherwise, the cheapest go first. */
  cost: 'controller.kubernetes.io/pod-deletion-cost',
} as const;

/** Whose cost is least goes first: those that may go before those that still serve, and these before all others. */
export const cost = { released: String(-(2 ** 31)), leaving: String(-(2 ** 30)) } as const;

export const engineName = 'codectl';
/** Of the one port of a container, whatever its number. */
export const portName = 'http';
/** Where neighbours reach a service: one port for all, whatever its releases listen on. */
export const servicePort = 80;

export type Labels = Readonly<Record<string, string>>;

export function homeLabels(home: string): Labels {
  return { [label.by]: engineName, [label.home]: home };
}

export function scopeLabels(home: string, { application, environment }: Scope): Labels {
  return { ...homeLabels(home), [label.application]: application, [label.environment]: environment };
}

export function serviceLabels(home: string, scope: Scope, service: string): Labels {
  return { ...scopeLabels(home, scope), [label.service]: service };
}

/** As the API takes it in a query. */
export function selectorText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** Pods are called after their Deployment and seventeen characters more, and a name of more than 63 is cut: this one never is. */
export function setName(home: string, { id, scope, release }: Pick<ReplicaSet, 'id' | 'scope' | 'release'>): string {
  return named(`${scope.application}-${release.service}`, 35, 10, [home, id]);
}

/** Of a task's Job: its pod is called after it and six characters more. */
export function taskName(home: string, instance: string): string {
  return named(instance, 40, 10, [home, 'task', instance]);
}

/** `key`: of a service, or of what is shown beside it. */
export function routeName(home: string, key: string, host: string): string {
  const [application = '', , ...rest] = key.split('/');
  return named([application, ...rest].join('-'), 50, 10, [home, key, host]);
}

/** A DNS name within the namespace, the same whatever is deployed. */
export function serviceName(home: string, scope: Scope, service: string): string {
  return named(`${scope.application}-${service}`, 54, 8, [home, scopeKey(scope), service]);
}

/** Readable as far as there is room; the digest makes it this thing's alone. Starts with a letter, as all names of a manifest do. */
function named(text: string, most: number, digits: number, identity: readonly string[]): string {
  const digest = shortDigest(digestOfJson(identity), digits);
  return `${text.slice(0, most).replace(/-+$/, '')}-${digest}`;
}
