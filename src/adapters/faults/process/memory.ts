// The memory of an instance that is a process: its cgroup bears the instance's name below this home's, or it is none of ours.
import type { Fault } from '../../../model/proving/fault.ts';
import { memoryGroupOf } from '../../../platform/fault/memory.ts';
import type { UndoNote } from '../../../ports/faults.ts';
import type { LimitedGroup } from '../memory.ts';
import { fillMemory, removeHogs } from '../memory.ts';
import type { Maker } from '../running.ts';
import { goneAlready, notHere } from '../running.ts';
import type { Site } from './site.ts';
import { processesOf } from './site.ts';

export function memory(site: Site): Maker {
  return fillMemory(site.clock, (fault) => groupOf(site, fault));
}

async function groupOf(site: Site, { target }: Fault): Promise<LimitedGroup> {
  const [victim] = target.kind === 'instance' ? await processesOf(site, target.id) : [];
  if (target.kind !== 'instance' || victim === undefined) throw goneAlready('The instance');
  const group = await memoryGroupOf(victim.pid);
  if (!group || !isIts(site, target.id, group.directory) || group.limit === undefined)
    throw notHere('memory', `${target.id} has no memory limit in force; give its service resources: { memory: … }`);
  return { directory: group.directory, limit: group.limit };
}

export async function removeHog(site: Site, { state, fault: { target } }: UndoNote): Promise<void> {
  const group = String(state['group']);
  if (target.kind === 'instance' && isIts(site, target.id, group)) await removeHogs(group);
}

function isIts({ homeId }: Site, instance: string, group: string): boolean {
  return group.startsWith('/sys/fs/cgroup/') && !group.includes('/../') && group.endsWith(`/codectl/${homeId}/${instance}`);
}
