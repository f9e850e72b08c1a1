// The records of one driver's instances in memory, found by id, by replica set and by scope without looking through all of them.
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { SightRequest } from '../../ports/instances.ts';
import type { InstanceRecord } from '../../ports/store.ts';

type Sets = Map<string, Map<string, InstanceRecord>>;

export class Records {
  readonly #byId = new Map<string, InstanceRecord>();
  /** By what stands before the revision in a set's id (`shop/staging/`), then by set, then by id. */
  readonly #scopes = new Map<string, Sets>();

  get(id: string): InstanceRecord | undefined {
    return this.#byId.get(id);
  }

  ids(): ReadonlySet<string> {
    return new Set(this.#byId.keys());
  }

  /** As a driver is asked what they do. */
  requests(wanted: readonly { readonly id: string; readonly connections: boolean }[]): readonly SightRequest[] {
    return wanted.flatMap(({ id, connections }) => {
      const record = this.#byId.get(id);
      return record ? [{ record, connections }] : [];
    });
  }

  /** An instance never changes its set. */
  put(record: InstanceRecord): void {
    this.#byId.set(record.id, record);
    const sets: Sets = this.#scopes.get(prefixOf(record.replicaSet)) ?? new Map();
    this.#scopes.set(prefixOf(record.replicaSet), sets);
    const set = sets.get(record.replicaSet);
    if (set) set.set(record.id, record);
    else sets.set(record.replicaSet, new Map([[record.id, record]]));
  }

  delete(id: string): void {
    const record = this.#byId.get(id);
    if (!record) return;
    this.#byId.delete(id);
    const prefix = prefixOf(record.replicaSet);
    const sets = this.#scopes.get(prefix);
    const set = sets?.get(record.replicaSet);
    set?.delete(id);
    if (set?.size === 0) sets?.delete(record.replicaSet);
    if (sets?.size === 0) this.#scopes.delete(prefix);
  }

  ofSet(replicaSet: string): readonly InstanceRecord[] {
    return [...(this.#scopes.get(prefixOf(replicaSet))?.get(replicaSet)?.values() ?? [])];
  }

  inScope(scope: Scope): readonly InstanceRecord[] {
    return this.under(`${scopeKey(scope)}/`);
  }

  /** Those of one scope, which is given as the ids of its sets begin (`shop/staging/`). */
  under(prefix: string): readonly InstanceRecord[] {
    const records: InstanceRecord[] = [];
    for (const set of this.#scopes.get(prefix)?.values() ?? []) for (const record of set.values()) records.push(record);
    return records;
  }
}

function prefixOf(replicaSet: string): string {
  return replicaSet.slice(0, replicaSet.lastIndexOf('/') + 1);
}
