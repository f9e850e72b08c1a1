// What instances use and where they listen, summed over the sessions that their launchers lead.
import { isAlive } from '../../../../platform/process/identity.ts';
import { listeningPorts } from '../../../../platform/process/listen.ts';
import { listPids, readStat, residentBytes, ticksPerSecond } from '../../../../platform/process/proc.ts';
import type { InstanceStats } from '../../../../ports/instances.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { familyOf } from '../family.ts';
import { handleOf } from '../handle.ts';
import type { Site } from '../site.ts';

/** One scan of /proc for all. CPU time counts processes that ended, too, once their parent collected them. */
export function usageOf(records: readonly InstanceRecord[]): Readonly<Record<string, InstanceStats>> {
  const sums = new Map<number, { readonly id: string; ticks: number; memory: number }>();
  for (const record of records) {
    const leader = handleOf(record)?.leader;
    if (leader && isAlive(leader)) sums.set(leader.pid, { id: record.id, ticks: 0, memory: 0 });
  }
  for (const pid of sums.size > 0 ? listPids() : []) {
    const stat = readStat(pid);
    const sum = stat && sums.get(stat.session);
    if (!sum) continue;
    sum.ticks += stat.ownTicks + stat.childTicks;
    sum.memory += residentBytes(pid);
  }
  return Object.fromEntries([...sums.values()].map(({ id, ticks, memory }) => [id, { cpuSeconds: ticks / ticksPerSecond, memory }]));
}

/** Where it listens; once it is found at its own port, nobody looks for others. */
export async function portsOf(site: Site, record: InstanceRecord): Promise<readonly number[]> {
  const leader = handleOf(record)?.leader;
  if (!leader || !isAlive(leader)) return [];
  // All that the application started is in its cgroup, and only the launcher is not, which listens nowhere.
  const inside = (await familyOf(site, record))?.others ?? [];
  const known = inside.length > 0 ? inside : undefined;
  const ports = (await listeningPorts(leader.pid, { known, wanted: record.address?.port })).map(({ port }) => port);
  return [...new Set(ports)].toSorted((a, b) => a - b);
}
