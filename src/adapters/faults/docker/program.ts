// Which process of a container is the application's: the Engine's own little init is its parent.
import { memoryGroupOf } from '../../../platform/fault/memory.ts';
import { cgroupPids } from '../../../platform/process/cgroup.ts';
import type { ProcessIdentity } from '../../../platform/process/identity.ts';
import { identityOf } from '../../../platform/process/identity.ts';
import { readStat } from '../../../platform/process/proc.ts';
import type { Container } from './engine.ts';

/** All that are in its cgroup, the application first. */
export async function programsOf({ id, pid }: Container): Promise<readonly ProcessIdentity[]> {
  const group = pid > 0 ? await memoryGroupOf(pid) : undefined;
  if (!group || !isIts(id, group.directory)) return [];
  const pids = await cgroupPids([group.directory]);
  const inner = pids.filter((one) => readStat(one)?.parent === pid);
  return [...new Set([...inner, ...pids])].flatMap((one) => identityOf(one) ?? []);
}

/** A cgroup of this very container. */
export function isIts(id: string, group: string): boolean {
  return group.startsWith('/sys/fs/cgroup/') && !group.includes('/../') && group.includes(id);
}
