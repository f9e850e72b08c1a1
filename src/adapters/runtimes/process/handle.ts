// What the process driver needs to find an instance again; kept in its record, read back with suspicion.
import { readdir } from 'node:fs/promises';
import { readFileIfExists } from '../../../platform/files.ts';
import type { ProcessIdentity } from '../../../platform/process/identity.ts';
import { parseIdentity } from '../../../platform/process/identity.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import type { Places } from './places.ts';

export interface Handle {
  /** The directory that it runs in. */
  readonly directory: string;
  /** Its launcher, which leads its session; absent between the intent to start and the start. */
  readonly leader?: ProcessIdentity;
  readonly cgroups: readonly string[];
}

/** `undefined` for a record that never came to a process. */
export function handleOf(record: InstanceRecord): Handle | undefined {
  const { directory, leader, cgroups } = record.handle;
  if (typeof directory !== 'string') return undefined;
  return {
    directory,
    leader: parseIdentity(leader),
    cgroups: Array.isArray(cgroups) ? cgroups.filter((path) => typeof path === 'string') : [],
  };
}

/** The records that are kept beside instances, of the living and of the dead. */
export async function keptRecords(places: Places): Promise<readonly InstanceRecord[]> {
  const names = await readdir(places.instances).catch((): string[] => []);
  const records = await Promise.all(names.map((name) => keptRecord(`${places.instances}/${name}/record.json`)));
  return records.flatMap((record) => (record && names.includes(record.id) ? [record] : []));
}

/** `undefined` when there is none, or when the file is something else. */
export async function keptRecord(file: string): Promise<InstanceRecord | undefined> {
  try {
    const value: unknown = JSON.parse((await readFileIfExists(file)) ?? '');
    if (typeof value !== 'object' || value === null || !('id' in value) || !('handle' in value)) return undefined;
    return typeof value.id === 'string' && typeof value.handle === 'object' ? (value as InstanceRecord) : undefined;
  } catch {
    return undefined;
  }
}
