// The objects of a test cluster: versions that grow with every change, and a bounded history for those who watch.

export interface Meta {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
}

// What is in an object is the schema's business, not the compiler's.
export type Part = Record<string, unknown>;
export type Stored = Part & { apiVersion: string; kind: string; metadata: Meta };
export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface Change {
  readonly version: number;
  readonly type: EventType;
  readonly object: Stored;
}

export interface Kind {
  readonly kind: string;
  readonly apiVersion: string;
  readonly plural: string;
}

export const kinds: readonly Kind[] = [
  { kind: 'ConfigMap', apiVersion: 'v1', plural: 'configmaps' },
  { kind: 'Deployment', apiVersion: 'apps/v1', plural: 'deployments' },
  { kind: 'Event', apiVersion: 'v1', plural: 'events' },
  { kind: 'HTTPRoute', apiVersion: 'gateway.networking.k8s.io/v1', plural: 'httproutes' },
  { kind: 'Job', apiVersion: 'batch/v1', plural: 'jobs' },
  { kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1', plural: 'networkpolicies' },
  { kind: 'Pod', apiVersion: 'v1', plural: 'pods' },
  { kind: 'PodDisruptionBudget', apiVersion: 'policy/v1', plural: 'poddisruptionbudgets' },
  { kind: 'ReplicaSet', apiVersion: 'apps/v1', plural: 'replicasets' },
  { kind: 'Secret', apiVersion: 'v1', plural: 'secrets' },
  { kind: 'Service', apiVersion: 'v1', plural: 'services' },
];

export class Objects {
  readonly #byKey = new Map<string, Stored>();
  #history: Change[] = [];
  #version = 1000;
  /** Changes up to this one are forgotten. */
  #compacted = 1000;
  #uids = 0;
  readonly #listeners = new Set<(change: Change) => void>();

  get version(): number {
    return this.#version;
  }

  get compacted(): number {
    return this.#compacted;
  }

  /** Forgets the history: whoever watches from an older version is told to list anew. */
  compact(): void {
    this.#version += 1;
    this.#compacted = this.#version;
    this.#history = [];
  }

  get(kind: string, name: string): Stored | undefined {
    return this.#byKey.get(`${kind}/${name}`);
  }

  list(kind: string, fits: (object: Stored) => boolean = () => true): readonly Stored[] {
    return [...this.#byKey.values()].filter((one) => one.kind === kind && fits(one));
  }

  after(version: number): readonly Change[] {
    return this.#history.filter((one) => one.version > version);
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  create(object: Part & { apiVersion: string; kind: string; metadata: Partial<Meta> & { name: string } }, namespace: string): Stored {
    this.#uids += 1;
    // Whole seconds, cut, as the API has it.
    const made = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
    const uid = `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`;
    const metadata = {
      ...object.metadata,
      namespace,
      uid,
      creationTimestamp: made,
      resourceVersion: '',
      ...('spec' in object && { generation: 1 }),
    };
    return this.#put('ADDED', { ...object, metadata });
  }

  /** `change` gets a copy. The generation grows with the spec. Nothing happens where nothing differs. */
  update(kind: string, name: string, change: (copy: Stored) => void): Stored | undefined {
    const before = this.get(kind, name);
    if (!before) return undefined;
    const copy = structuredClone(before);
    change(copy);
    if (JSON.stringify(copy) === JSON.stringify(before)) return before;
    if (JSON.stringify(copy['spec']) !== JSON.stringify(before['spec'])) copy.metadata.generation = (before.metadata.generation ?? 0) + 1;
    return this.#put('MODIFIED', copy);
  }

  delete(kind: string, name: string): void {
    const found = this.get(kind, name);
    if (!found) return;
    this.#byKey.delete(`${kind}/${name}`);
    this.#tell('DELETED', found);
  }

  #put(type: EventType, object: Stored): Stored {
    const stored = this.#tell(type, object);
    this.#byKey.set(`${object.kind}/${object.metadata.name}`, stored);
    for (const listener of this.#listeners) listener({ version: this.#version, type, object: stored });
    return stored;
  }

  #tell(type: EventType, object: Stored): Stored {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    const change = { version: this.#version, type, object: stored };
    this.#history.push(change);
    if (type === 'DELETED') for (const listener of this.#listeners) listener(change);
    return stored;
  }
}

/** `a=b,c`: equality, or that it is there, which is all that is asked for here. */
export function selects(selector: string | undefined, { metadata }: Stored): boolean {
  if (!selector) return true;
  return selector.split(',').every((term) => {
    const at = term.indexOf('=');
    if (at < 0) return metadata.labels?.[term] !== undefined;
    return metadata.labels?.[term.slice(0, at)] === term.slice(at + 1);
  });
}

export function matches(labels: unknown, { metadata }: Stored): boolean {
  return Object.entries((labels ?? {}) as Record<string, string>).every(([name, value]) => metadata.labels?.[name] === value);
}

/** `involvedObject.uid=x,type=Warning`: of the fields of an object. */
export function fits(selector: string | null, object: Stored): boolean {
  return (selector ?? '').split(',').every((term) => {
    const [path = '', wanted] = term.split('=');
    const found = path.split('.').reduce<unknown>((at, step) => (at as Part | undefined)?.[step], object);
    return path === '' || found === wanted;
  });
}
