// Memory up to the limit: a hog joins the instance's cgroup and takes what is left, again and again, until the kernel ends somebody.
import type { Fault } from '../../../model/proving/fault.ts';
import { startHog } from '../../../platform/fault/hog.ts';
import type { MemoryGroup } from '../../../platform/fault/memory.ts';
import { memoryGroupOf, memoryHits } from '../../../platform/fault/memory.ts';
import { cgroupPids } from '../../../platform/process/cgroup.ts';
import { identityOf } from '../../../platform/process/identity.ts';
import { markOf } from '../../../platform/process/mark.ts';
import { signalProcess } from '../../../platform/process/signal.ts';
import type { UndoNote } from '../../../ports/faults.ts';
import type { Maker } from '../running.ts';
import { goneAlready, notHere } from '../running.ts';
import type { Site } from './site.ts';
import { processesOf } from './site.ts';

const look = 20;

export function memory(site: Site): Maker {
  return async (fault, note, signal) => {
    const { group, limit } = await limitedGroupOf(site, fault);
    const before = await memoryHits(group.directory);
    await note({ group: group.directory });
    signal.throwIfAborted();
    const over = new AbortController();
    const worst = { hits: 0, kills: 0 };
    const hogging = hog(site, fault, { group: group.directory, limit }, over.signal, async () => {
      const now = await memoryHits(group.directory);
      if (!now || !before) return;
      worst.hits = Math.max(worst.hits, now.hits - before.hits);
      worst.kills = Math.max(worst.kills, now.kills - before.kills);
    });
    return {
      means: 'a hog in the instance’s cgroup',
      verify: async () => ({
        acts: worst.hits > 0 || worst.kills > 0,
        seen: `the limit of ${limit} bytes was hit ${worst.hits} times, and ${worst.kills} processes were ended for it`,
      }),
      undo: async () => {
        over.abort();
        await hogging;
        await removeFrom(site, group.directory);
      },
      isOver: async () => (await strangersIn(site, group.directory)).length === 0,
    };
  };
}

async function limitedGroupOf(site: Site, { target }: Fault): Promise<{ readonly group: MemoryGroup; readonly limit: number }> {
  const [victim] = target.kind === 'instance' ? await processesOf(site, target.id) : [];
  const group = victim && (await memoryGroupOf(victim.pid));
  if (target.kind !== 'instance' || victim === undefined) throw goneAlready('The instance');
  // Never another's: a hog in the machine's own group would starve everybody.
  if (!group?.directory.endsWith(`/codectl/${site.homeId}/${target.id}`) || group.limit === undefined)
    throw notHere('memory', `${target.id} has no memory limit in force; give its service resources: { memory: … }`);
  return { group, limit: group.limit };
}

interface Hogged {
  readonly group: string;
  readonly limit: number;
}

/** One hog after the other, for as long as there is the cgroup. */
async function hog(site: Site, fault: Fault, { group, limit }: Hogged, signal: AbortSignal, watch: () => Promise<void>): Promise<void> {
  const giveUp = site.clock.now() + fault.lasts;
  while (!signal.aborted && site.clock.now() < giveUp && (await memoryHits(group)) !== undefined) {
    const { identity, exited } = await startHog({ group, bytes: limit, lasts: giveUp - site.clock.now() });
    const round = new AbortController();
    void exited.then(() => round.abort());
    const either = AbortSignal.any([signal, round.signal]);
    while (!either.aborted) {
      await watch();
      await site.clock.sleep(look, either).catch(() => undefined);
    }
    await watch();
    if (identity) signalProcess(identity, 'SIGKILL');
    await exited;
    await site.clock.sleep(look, signal).catch(() => undefined);
  }
}

/** Hogs carry no mark; whoever belongs to the instance does. */
async function strangersIn(site: Site, group: string): Promise<readonly number[]> {
  return (await cgroupPids([group])).filter((pid) => markOf(pid)?.home !== site.homeId);
}

async function removeFrom(site: Site, group: string): Promise<void> {
  for (const pid of await strangersIn(site, group)) {
    const identity = identityOf(pid);
    if (identity) signalProcess(identity, 'SIGKILL');
  }
}

export async function removeHog(site: Site, { state, fault }: UndoNote): Promise<void> {
  const group = String(state['group']);
  const { target } = fault;
  if (target.kind === 'instance' && group.endsWith(`/codectl/${site.homeId}/${target.id}`)) await removeFrom(site, group);
}
