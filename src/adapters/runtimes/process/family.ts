// Everybody who belongs to an instance: its launcher, the application, and whatever these started.
import { cgroupPids } from '../../../platform/process/cgroup.ts';
import type { Family } from '../../../platform/process/members.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { handleOf } from './handle.ts';
import type { Site } from './site.ts';

/** `undefined` when it never came to a process. */
export async function familyOf(site: Site, record: InstanceRecord): Promise<Family | undefined> {
  const handle = handleOf(record);
  if (handle?.leader === undefined) return undefined;
  return { leader: handle.leader, mark: { home: site.places.homeId, instance: record.id }, others: await cgroupPids(handle.cgroups) };
}
