// What containers use, as the Engine reads it from their cgroups, and the ports on which they listen.
import { listeningPorts } from '../../../../platform/process/listen.ts';
import { environmentOf } from '../../../../platform/process/proc.ts';
import type { InstanceStats } from '../../../../ports/instances.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { containerOf } from '../names.ts';
import { stats } from '../shapes.ts';
import type { Site } from '../site.ts';

/** One question each, side by side; whoever ended meanwhile is left out. */
export async function usageOf(site: Site, records: readonly InstanceRecord[]): Promise<Readonly<Record<string, InstanceStats>>> {
  const pairs = await Promise.all(
    records.map(async (record): Promise<readonly (readonly [string, InstanceStats])[]> => {
      const seen = await usageOne(site, record).catch(() => undefined);
      return seen ? [[record.id, seen]] : [];
    }),
  );
  return Object.fromEntries(pairs.flat());
}

async function usageOne(site: Site, record: InstanceRecord): Promise<InstanceStats> {
  // `one-shot` spares the second look that a percentage would need; an older Engine ignores the word.
  const query = { stream: false, 'one-shot': true };
  const path = `/containers/${containerOf(site.homeId, record)}/stats`;
  const { cpu_stats, memory_stats } = await site.engine.json(stats, { method: 'GET', path, query }, site.lifetime.signal);
  const { usage, stats: parts } = memory_stats;
  // Files that can be dropped at any time are not what a limit is reached by.
  const droppable = parts?.['total_inactive_file'] ?? parts?.['inactive_file'] ?? 0;
  return { cpuSeconds: cpu_stats.cpu_usage.total_usage / 1e9, memory: Math.max(0, (usage ?? 0) - droppable) };
}

/**
 * Read from the kernel of this machine, where the Engine's processes are ours to see: the kernel shows them to root, and one of that number
 * says that it is this instance. Elsewhere nobody can tell, and the probe has to do.
 */
export async function portsOf({ id, pid, address }: InstanceRecord): Promise<readonly number[]> {
  const unknown = address === undefined ? [] : [address.port];
  if (pid === undefined || environmentOf(pid, ['CODE_INSTANCE'])?.['CODE_INSTANCE'] !== id) return unknown;
  const ports = (await listeningPorts(pid)).map(({ port }) => port);
  return [...new Set(ports)].toSorted((a, b) => a - b);
}
