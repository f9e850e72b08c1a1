// The records of one driver's instances in memory, found by id, by replica set and by scope without looking through all of them.
import type { InstanceRecord } from '../../ports/store.ts';

export class Records {
  readonly #byId = new Map<string, InstanceRecord>();
  readonly #sets = new Map<string, Map<string, InstanceRecord>>();

  get(id: string): InstanceRecord | undefined {
    return this.#byId.get(id);
  }

  ids(): ReadonlySet<string> {
    return new Set(this.#byId.keys());
  }

  /** An instance never changes its set. */
  put(record: InstanceRecord): void {
    this.#byId.set(record.id, record);
    const set = this.#sets.get(record.replicaSet);
    if (set) set.set(record.id, record);
    else this.#sets.set(record.replicaSet, new Map([[record.id, record]]));
  }

  delete(id: string): void {
    const record = this.#byId.get(id);
    if (!record) return;
    this.#byId.delete(id);
    const set = this.#sets.get(record.replicaSet);
    set?.delete(id);
    if (set?.size === 0) this.#sets.delete(record.replicaSet);
  }

  ofSet(replicaSet: string): readonly InstanceRecord[] {
    return [...(this.#sets.get(replicaSet)?.values() ?? [])];
  }

  /** Those whose replica set begins with the prefix (`shop/staging/`). There are few sets, whatever the number of instances. */
  under(prefix: string): readonly InstanceRecord[] {
    return [...this.#sets].flatMap(([id, set]) => (id.startsWith(prefix) ? [...set.values()] : []));
  }
}
