// Names and labels of what this driver makes. Only what carries our home's label is ever touched.
import type { ReplicaSet, Scope } from '../../../model/instance.ts';
import type { Release } from '../../../model/release.ts';
import type { InstanceRecord } from '../../../ports/store.ts';

export const label = {
  home: 'codectl.home',
  instance: 'codectl.instance',
  replicaSet: 'codectl.replica-set',
  generation: 'codectl.generation',
  application: 'codectl.application',
  environment: 'codectl.environment',
  service: 'codectl.service',
  release: 'codectl.release',
  source: 'codectl.source',
} as const;

export type Labels = Readonly<Record<string, string>>;

export function scopeLabels(home: string, { application, environment }: Scope): Labels {
  return { [label.home]: home, [label.application]: application, [label.environment]: environment };
}

export function instanceLabels(home: string, id: string, { id: set, scope, release, generation }: ReplicaSet): Labels {
  return {
    ...scopeLabels(home, scope),
    [label.instance]: id,
    [label.replicaSet]: set,
    [label.generation]: String(generation),
    [label.service]: release.service,
    [label.release]: release.id,
  };
}

/** Two homes on one machine may run the same application: the home is part of every name. */
export function containerName(home: string, instance: string): string {
  return `codectl-${home.slice(0, 8)}-${instance}`;
}

/** What an instance runs in, by the name or number that the Engine knows it by. */
export function containerOf(home: string, { id, handle }: Pick<InstanceRecord, 'id' | 'handle'>): string {
  const known = handle['container'];
  return typeof known === 'string' ? known : containerName(home, id);
}

/** Joined by what names of a manifest cannot contain: `shop`, `prod-eu` is not `shop-prod`, `eu`. */
export function networkName(home: string, { application, environment }: Scope): string {
  return ['codectl', home.slice(0, 8), application, environment].join('.');
}

/** The same for a network of a Swarm, whose name may have no dot: names of a manifest have no such sign either. */
export function overlayName(home: string, scope: Scope): string {
  return networkName(home, scope).replaceAll('.', '_');
}

export function volumeName(home: string, scope: Scope, volume: string): string {
  return `${networkName(home, scope)}.${volume}`;
}

/** Of the image that is built for a release, by what it is made from; undefined for one that is fetched. */
export function builtName(home: string, { application, run: { artifact } }: Pick<Release, 'application' | 'run'>): string | undefined {
  if (artifact.kind !== 'image' || artifact.context === undefined) return undefined;
  // The whole digest: of a short one somebody could make another content that has it, too.
  return `${builtBy(home)}${application}/${artifact.reference}:${artifact.context.replace('sha256:', '')}`;
}

/** What names of images begin with that this home has built. */
export function builtBy(home: string): string {
  return `codectl-${home.slice(0, 8)}/`;
}

/** Whether something carries the labels of this home, application and environment. */
export function belongsTo(labels: Labels | null | undefined, home: string, scope: Scope): boolean {
  return Object.entries(scopeLabels(home, scope)).every(([name, value]) => labels?.[name] === value);
}

/** As the Engine takes filters in a query. */
export function ours(home: string, more: Readonly<Record<string, readonly string[]>> = {}): string {
  return JSON.stringify({ label: [`${label.home}=${home}`], ...more });
}

/** The same of what one instance has. */
export function oursOf(home: string, instance: string): string {
  return JSON.stringify({ label: [`${label.home}=${home}`, `${label.instance}=${instance}`] });
}

/** The record of what carries our labels. */
export function recordFrom(labels: Labels, startedAt: number, handle: InstanceRecord['handle'], driver = 'docker'): InstanceRecord {
  return {
    id: labels[label.instance] ?? '',
    replicaSet: labels[label.replicaSet] ?? '',
    generation: Number(labels[label.generation] ?? 0),
    state: 'running',
    ready: false,
    startedAt,
    driver,
    handle,
  };
}
