// What the API demands of an object: its published schema, no unknown fields, and rules that its schema does not say.
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { ReplicaSet } from 'kubernetes-models/apps/v1/ReplicaSet';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Pod } from 'kubernetes-models/v1/Pod';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { routeFaults } from './control/routes.ts';
import type { Meta, Part, Stored } from './objects.ts';
import { strangersIn } from './published.ts';
import { mountFaults, variableFaults, volumeFaults } from './volumes.ts';

type Model = new (content?: never) => { validate(): void };
const models: Readonly<Record<string, Model>> = {
  ConfigMap,
  Deployment,
  Job,
  NetworkPolicy,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  Secret,
  Service,
};

/** With field validation `Strict`. */
export function unknownFields(object: Part): readonly string[] {
  // Its own schema is strict.
  if (object['kind'] === 'HTTPRoute') return [];
  return strangersIn(
    object,
    `kubernetes-models/${String(object['apiVersion'])}/${String(object['kind'])}.d.ts`,
    `I${String(object['kind'])}`,
  );
}

/** One phrase for each fault; `before`: what is there already, of which some parts are immutable. */
export function faultsOf(object: Stored, before: Stored | undefined): readonly string[] {
  return [...schemaFaults(object), ...metaFaults(object.metadata, object.kind), ...kindFaults(object), ...immutable(object, before)];
}

function schemaFaults(object: Stored): readonly string[] {
  if (object.kind === 'HTTPRoute') return routeFaults(object);
  const Known = models[object.kind];
  if (!Known) return [`there is no schema of ${object.kind}`];
  const { metadata, ...content } = object;
  const { creationTimestamp: _made, ...meta } = metadata;
  try {
    new Known({ ...content, metadata: meta } as never).validate();
    return [];
  } catch (thrown) {
    return [thrown instanceof Error ? thrown.message : String(thrown)];
  }
}

const subdomain = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const serviceForm = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
const qualified = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

function metaFaults(
  { name, labels = {}, annotations = {} }: Pick<Meta, 'name' | 'labels' | 'annotations'>,
  kind: string,
): readonly string[] {
  const fits = kind === 'Service' ? serviceForm.test(name) : subdomain.test(name) && name.length <= 253;
  return [
    ...(fits ? [] : [`metadata.name: Invalid value: "${name}"`]),
    ...Object.entries(labels).flatMap(([key, value]) =>
      qualified.test(key) && labelValue.test(value) ? [] : [`metadata.labels: Invalid value: "${key}=${value}"`],
    ),
    ...Object.keys(annotations).flatMap((key) => (qualified.test(key) ? [] : [`metadata.annotations: Invalid value: "${key}"`])),
  ];
}

interface Workload {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly template?: { readonly metadata?: Pick<Meta, 'labels' | 'annotations'>; readonly spec?: Part };
}

function kindFaults({ kind, metadata, ...object }: Stored): readonly string[] {
  const spec = (object['spec'] ?? {}) as Workload & Part;
  if (kind === 'ConfigMap' || kind === 'Secret')
    return Object.keys((object['data'] ?? {}) as Part).flatMap((key) =>
      /^[-._a-zA-Z0-9]+$/.test(key) ? [] : [`data[${key}]: Invalid value: "${key}"`],
    );
  if (kind === 'Pod') return podFaults(spec, 'spec');
  if (kind === 'Job') return jobFaults(spec);
  return kind === 'Deployment' || kind === 'ReplicaSet' ? workloadFaults(spec, metadata.name, kind) : [];
}

/** Its selector and the labels that go with it are the cluster's own. */
function jobFaults({ template }: Workload): readonly string[] {
  const at = 'spec.template.spec';
  const policy = template?.spec?.['restartPolicy'];
  const fits = policy === 'Never' || policy === 'OnFailure';
  return [
    ...(fits ? [] : [`${at}.restartPolicy: Unsupported value: "${String(policy)}": supported values: "OnFailure", "Never"`]),
    ...metaFaults({ ...template?.metadata, name: 'x' }, 'Job'),
    ...podFaults(template?.spec ?? {}, at),
  ];
}

function workloadFaults(spec: Workload, name: string, kind: string): readonly string[] {
  const labels = spec.template?.metadata?.labels ?? {};
  const chosen = spec.selector?.matchLabels ?? {};
  const selects = Object.keys(chosen).length > 0 && Object.entries(chosen).every(([key, value]) => labels[key] === value);
  return [
    ...(selects ? [] : ['spec.template.metadata.labels: `selector` does not match template `labels`']),
    ...metaFaults({ ...spec.template?.metadata, name }, kind),
    ...podFaults(spec.template?.spec ?? {}, 'spec.template.spec'),
  ];
}

interface Checked {
  readonly successThreshold?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}
interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly env?: Parameters<typeof variableFaults>[0];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly resources?: { readonly requests?: Part; readonly limits?: Part };
  readonly volumeMounts?: Parameters<typeof mountFaults>[0];
  readonly readinessProbe?: Checked;
  readonly livenessProbe?: Checked;
  readonly startupProbe?: Checked;
}

function podFaults(spec: Part, at: string): readonly string[] {
  const containers = (spec['containers'] ?? []) as readonly Container[];
  const all = (spec['volumes'] ?? []) as Parameters<typeof volumeFaults>[0];
  const volumes = new Set(all.map((one) => one.name ?? ''));
  const none = containers.length === 0 ? [`${at}.containers: Required value`] : [];
  return [
    ...none,
    ...volumeFaults(all).map((fault) => `${at}.${fault}`),
    ...containers.flatMap((one, index) => containerFaults(one, volumes).map((fault) => `${at}.containers[${index}].${fault}`)),
  ];
}

function containerFaults(one: Container, volumes: ReadonlySet<string>): readonly string[] {
  return [
    ...(one.image ? [] : ['image: Required value']),
    ...(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(one.name ?? '') ? [] : ['name: Invalid value']),
    ...variableFaults(one.env ?? []),
    ...(one.ports ?? []).flatMap(({ name = 'x', containerPort }) =>
      /^(?=.*[a-z])[a-z0-9-]{1,15}$/.test(name) && containerPort > 0 && containerPort < 65_536
        ? []
        : [`ports: Invalid value: ${name} ${containerPort}`],
    ),
    ...mountFaults(one.volumeMounts ?? [], volumes),
    ...probeFaults('readinessProbe', one.readinessProbe, false),
    ...probeFaults('livenessProbe', one.livenessProbe, true),
    ...probeFaults('startupProbe', one.startupProbe, true),
  ];
}

/** Only readiness may ask for more than one success. */
function probeFaults(name: string, probe: Checked | undefined, once: boolean): readonly string[] {
  const numbers = Object.entries({ ...probe }).filter(([key]) => /Threshold$|Seconds$/.test(key) && key !== 'initialDelaySeconds');
  return [
    ...numbers.flatMap(([key, value]) => (Number.isInteger(value) && value >= 1 ? [] : [`${name}.${key}: Invalid value: ${value}`])),
    ...(once && (probe?.successThreshold ?? 1) !== 1 ? [`${name}.successThreshold: Invalid value: must be 1`] : []),
  ];
}

function immutable(object: Stored, before: Stored | undefined): readonly string[] {
  if (!before) return [];
  if (object.kind === 'Job') return partOf(object, 'template') === partOf(before, 'template') ? [] : ['spec.template: field is immutable'];
  if (object.kind === 'Pod') return podChange(object, before);
  if (object.kind !== 'Deployment' && object.kind !== 'ReplicaSet') return [];
  const selector = (one: Stored): string => JSON.stringify((one['spec'] as Workload | undefined)?.selector);
  return selector(object) === selector(before) ? [] : ['spec.selector: field is immutable'];
}

function partOf(object: Stored, name: string): string {
  return JSON.stringify((object['spec'] as Part | undefined)?.[name]);
}

/** Of what is asked for here only the deadline may change, and only to less. */
function podChange(object: Stored, before: Stored): readonly string[] {
  const [now, then] = [object, before].map((one) => one['spec'] as Part & { readonly activeDeadlineSeconds?: number });
  const same = JSON.stringify({ ...now, activeDeadlineSeconds: 0 }) === JSON.stringify({ ...then, activeDeadlineSeconds: 0 });
  if (!same) return ['spec: Forbidden: pod updates may not change fields other than `spec.activeDeadlineSeconds`'];
  const fits = (now?.activeDeadlineSeconds ?? 1) >= 1 && (now?.activeDeadlineSeconds ?? 0) <= (then?.activeDeadlineSeconds ?? Infinity);
  return fits ? [] : ['spec.activeDeadlineSeconds: Invalid value'];
}
