// Everybody who belongs to an instance: its launcher, the application, and whatever these started.
import { resolve } from 'node:path';
import { cgroupPids } from '../../../platform/process/cgroup.ts';
import { isAlive } from '../../../platform/process/identity.ts';
import { markOf } from '../../../platform/process/mark.ts';
import type { Family } from '../../../platform/process/members.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { handleOf } from './handle.ts';
import type { Site } from './site.ts';

/** `undefined` when it never came to a process, or when the one that the record names is a stranger: records can be forged. */
export async function familyOf(site: Site, record: InstanceRecord): Promise<Family | undefined> {
  const handle = handleOf(record);
  if (handle?.leader === undefined) return undefined;
  const mark = { home: site.places.homeId, instance: record.id };
  // Without /proc no mark can be read.
  const found = process.platform === 'linux' && isAlive(handle.leader) ? markOf(handle.leader.pid) : mark;
  // Asked again: it may have ended between the two looks, and the dead carry no mark.
  if ((found?.home !== mark.home || found.instance !== mark.instance) && isAlive(handle.leader)) return undefined;
  return { leader: handle.leader, mark, others: await cgroupPids(handle.cgroups.filter((path) => isOurs(site, record.id, path))) };
}

/** Not compared with where this daemon makes its cgroups: an earlier one may have been started in another cgroup itself. */
function isOurs(site: Site, id: string, path: string): boolean {
  return resolve(path) === path && path.startsWith('/sys/fs/cgroup/') && path.endsWith(`/codectl/${site.places.homeId}/${id}`);
}
