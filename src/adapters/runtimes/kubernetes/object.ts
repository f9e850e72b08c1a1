// An object of the Kubernetes API, and how each kind that we use is reached.

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
  readonly [member: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Kind =
  | 'ConfigMap'
  | 'Deployment'
  | 'HTTPRoute'
  | 'Job'
  | 'NetworkPolicy'
  | 'Pod'
  | 'PodDisruptionBudget'
  | 'Secret'
  | 'Service';

/** Of the one container of our pods. */
export const containerName = 'service';

const places: Readonly<Record<Kind, { readonly version: string; readonly plural: string }>> = {
  ConfigMap: { version: 'v1', plural: 'configmaps' },
  Deployment: { version: 'apps/v1', plural: 'deployments' },
  HTTPRoute: { version: 'gateway.networking.k8s.io/v1', plural: 'httproutes' },
  Job: { version: 'batch/v1', plural: 'jobs' },
  NetworkPolicy: { version: 'networking.k8s.io/v1', plural: 'networkpolicies' },
  Pod: { version: 'v1', plural: 'pods' },
  PodDisruptionBudget: { version: 'policy/v1', plural: 'poddisruptionbudgets' },
  Secret: { version: 'v1', plural: 'secrets' },
  Service: { version: 'v1', plural: 'services' },
};

/** `/apis/apps/v1/namespaces/shop/deployments`, with the name where one is meant. */
export function pathOf(kind: Kind, namespace: string, name?: string): string {
  const { version, plural } = places[kind];
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  return [root, 'namespaces', namespace, plural, ...(name === undefined ? [] : [name])].join('/');
}

/** The beginning of an object of this kind. */
export function begin<K extends Kind>(
  kind: K,
  metadata: ObjectMeta,
): { readonly apiVersion: string; readonly kind: K; readonly metadata: ObjectMeta } {
  return { apiVersion: places[kind].version, kind, metadata };
}
