// What a container may have, used up: memory by a hog in its own cgroup, descriptors by a limit on the application in it.
import { memoryGroupOf } from '../../../platform/fault/memory.ts';
import { exhaustDescriptors, restoreDescriptors } from '../descriptors.ts';
import type { LimitedGroup } from '../memory.ts';
import { fillMemory, removeHogs } from '../memory.ts';
import { notHere } from '../running.ts';
import type { Container, Way } from './engine.ts';
import { isIts, programsOf } from './program.ts';

export const memory: Way = {
  make: (engine) => fillMemory(engine.clock, async (fault) => groupOf(await engine.of(fault))),
  undo: async (_, { id }, { state: { group } }) => (isIts(id, String(group)) ? removeHogs(String(group)) : undefined),
};

export const descriptors: Way = {
  make: (engine) => exhaustDescriptors(async (fault) => (await programsOf(await engine.of(fault)))[0]),
  undo: async (_, container, note) => restoreDescriptors(await programsOf(container), note),
};

async function groupOf(container: Container): Promise<LimitedGroup> {
  const group = container.pid > 0 ? await memoryGroupOf(container.pid) : undefined;
  if (!group || !isIts(container.id, group.directory) || group.limit === undefined)
    throw notHere('memory', 'the container has no memory limit in force; give its service resources: { memory: … }');
  return { directory: group.directory, limit: group.limit };
}
