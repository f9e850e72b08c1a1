// Descriptors of an instance's own process: the pid that the engine knows, if it carries the mark; else the first that does.
import type { UndoNote } from '../../../ports/faults.ts';
import { exhaustDescriptors, restoreDescriptors } from '../descriptors.ts';
import type { Maker } from '../running.ts';
import type { Site } from './site.ts';
import { processesOf } from './site.ts';

export function descriptors(site: Site): Maker {
  return exhaustDescriptors(async ({ target }) => {
    if (target.kind !== 'instance') return undefined;
    const all = await processesOf(site, target.id);
    return all.find((one) => one.pid === target.pid) ?? all[0];
  });
}

/** Of the instance that the note is about, and of nobody else whom it names. */
export async function reopenDescriptors(site: Site, note: UndoNote): Promise<void> {
  const { target } = note.fault;
  if (target.kind === 'instance') await restoreDescriptors(await processesOf(site, target.id), note);
}
