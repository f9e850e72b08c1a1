// Server-side apply: who owns which field, what an apply of one manager changes, and where two of them conflict.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/
import type { Part, Stored } from './objects.ts';

/** Lists whose items have an identity; all others are one value. By the name of their field. */
const keys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  conditions: ['type'],
  env: ['name'],
  ownerReferences: ['uid'],
  ports: ['containerPort', 'port', 'protocol'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};
/** Maps that are one value. */
const atomic: ReadonlySet<string> = new Set(['selector', 'podSelector', 'labelSelector', 'fieldRef', 'resourceRequirements']);
const unowned: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'status']);
const unownedMeta: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
]);

type Path = readonly string[];

export interface Conflict {
  readonly manager: string;
  readonly field: string;
}

/** Owners of the fields of all objects, by uid and manager. */
export class Owners {
  readonly #sets = new Map<string, Map<string, Set<string>>>();

  of(uid: string): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#sets.get(uid) ?? new Map<string, Set<string>>();
  }

  /** What an apply of this manager makes of the object, or the conflicts that forbid it. */
  apply(
    live: Stored,
    wished: Part,
    manager: string,
    force: boolean,
  ): { readonly result: Stored } | { readonly conflicts: readonly Conflict[] } {
    const owners = this.#owners(live.metadata.uid);
    const mine = owners.get(manager) ?? new Set<string>();
    const now = new Map(leaves(wished).map((path) => [text(path), path]));
    const conflicts = [...now].flatMap(([field, path]): Conflict[] => {
      if (same(read(live, path), read(wished, path))) return [];
      return [...owners].flatMap(([other, fields]) => (other !== manager && fields.has(field) ? [{ manager: other, field }] : []));
    });
    if (conflicts.length > 0 && !force) return { conflicts };
    for (const { manager: other, field } of conflicts) owners.get(other)?.delete(field);
    const result = merge(structuredClone(live), wished) as Stored;
    for (const field of mine) {
      const kept = now.has(field) || [...owners].some(([other, fields]) => other !== manager && fields.has(field));
      if (!kept) remove(result, JSON.parse(field) as Path);
    }
    owners.set(manager, new Set(now.keys()));
    return { result };
  }

  /** Whoever changes a field without applying owns it from then on. */
  updated(before: Stored, after: Stored, manager: string): void {
    const owners = this.#owners(after.metadata.uid);
    const mine = owners.get(manager) ?? new Set<string>();
    for (const path of leaves(after)) {
      if (same(read(before, path), read(after, path))) continue;
      for (const fields of owners.values()) fields.delete(text(path));
      mine.add(text(path));
    }
    owners.set(manager, mine);
  }

  /** An object that was made has an identity from then on. */
  rename(temporary: string, uid: string): void {
    const sets = this.#sets.get(temporary);
    this.#sets.delete(temporary);
    if (sets) this.#sets.set(uid, sets);
  }

  #owners(uid: string): Map<string, Set<string>> {
    const found = this.#sets.get(uid) ?? new Map<string, Set<string>>();
    this.#sets.set(uid, found);
    return found;
  }
}

/** RFC 7396. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Part = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

function leaves(object: Part): readonly Path[] {
  return Object.entries(object).flatMap(([name, value]): Path[] => {
    if (unowned.has(name)) return [];
    if (name !== 'metadata') return below([name], name, value);
    return Object.entries(value as Part).flatMap(([inner, one]) => (unownedMeta.has(inner) ? [] : below(['metadata', inner], inner, one)));
  });
}

function below(path: Path, name: string, value: unknown): Path[] {
  if (Array.isArray(value) && keys[name] && value.length > 0)
    return value.flatMap((item: unknown) => (isMap(item) ? [...members([...path, itemKey(name, item)], item)] : []));
  if (isMap(value) && !atomic.has(name) && Object.keys(value).length > 0) return members(path, value);
  return [[...path]];
}

function members(path: Path, value: Part): Path[] {
  return Object.entries(value).flatMap(([name, one]) => below([...path, name], name, one));
}

function itemKey(list: string, item: Part): string {
  return JSON.stringify((keys[list] ?? []).map((key) => item[key] ?? null));
}

function merge(live: unknown, wished: unknown, name = ''): unknown {
  if (Array.isArray(wished) && Array.isArray(live) && keys[name]) {
    const items = new Map(live.map((item: Part) => [itemKey(name, item), item]));
    for (const item of wished as Part[]) items.set(itemKey(name, item), merge(items.get(itemKey(name, item)) ?? {}, item) as Part);
    return [...items.values()];
  }
  if (!isMap(wished) || !isMap(live) || atomic.has(name)) return structuredClone(wished);
  for (const [key, value] of Object.entries(wished)) live[key] = merge(live[key], value, key);
  return live;
}

function read(object: unknown, path: Path): unknown {
  let at: unknown = object;
  let list = '';
  for (const step of path) {
    if (Array.isArray(at)) at = at.find((item: Part) => itemKey(list, item) === step);
    else at = isMap(at) ? at[step] : undefined;
    list = step;
  }
  return at;
}

function remove(object: unknown, path: Path): void {
  const holder = read(object, path.slice(0, -1));
  const last = path.at(-1) ?? '';
  if (isMap(holder)) delete holder[last];
}

function text(path: Path): string {
  return JSON.stringify(path);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isMap(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
