// What containers do while they run, read from the kernel of this machine; which commands they were made to run, from the Engine's events.
import type { RunningProgram, Seen, Sighting } from '../../../../model/watch/watch.ts';
import { memoryKills } from '../../../../platform/process/cgroup.ts';
import { environmentOf, readStat } from '../../../../platform/process/proc.ts';
import { memoryCgroupOf, namespaceOf, processesByNamespace } from '../../../../platform/watch/containers.ts';
import { programSight } from '../../../../platform/watch/programs.ts';
import { socketSight } from '../../../../platform/watch/sockets.ts';
import type { SightRequest } from '../../../../ports/instances.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import type { Site } from '../site.ts';

const elsewhere = { notMeasured: 'its processes cannot be seen from here: the Engine runs elsewhere, or as another user' };

export async function sightAll(site: Site, requests: readonly SightRequest[]): Promise<Readonly<Record<string, Sighting>>> {
  const residents = await processesByNamespace();
  const all = await Promise.all(requests.map(async (request) => [request.record.id, await sightOne(site, request, residents)] as const));
  return Object.fromEntries(all);
}

async function sightOne(
  { commands }: Site,
  { record, connections }: SightRequest,
  residents: ReadonlyMap<string, readonly number[]>,
): Promise<Sighting> {
  const pids = await processesOf(record, residents);
  const [sockets, programs] = pids.length === 0 ? [] : await Promise.all([socketSight(pids, new Map()), programSight(pids)]);
  const mains = mainsAmong(pids);
  const cgroup = pids[0] === undefined ? undefined : await memoryCgroupOf(pids[0]);
  const kills = cgroup === undefined ? undefined : await memoryKills([cgroup]);
  const heard = [...commands.heard].filter(([, one]) => one.instance === record.id);
  return {
    listening: sockets ? { seen: sockets.listening } : elsewhere,
    ...(connections && { outbound: sockets ? { seen: sockets.outbound } : elsewhere }),
    programs: programs
      ? { seen: programs.map((one): RunningProgram => ({ ...one, main: mains.includes(one.pid), released: false })) }
      : elsewhere,
    memoryKills: kills === undefined ? elsewhere : { seen: kills },
    commands: takeHeard(commands.heard, heard),
  };
}

/** Told once: a command leaves nothing that could be seen at the next look. */
function takeHeard(
  all: Site['commands']['heard'],
  heard: readonly (readonly [string, { readonly program: string; readonly at: number }])[],
): Seen<readonly { readonly program: string; readonly at: number }[]> {
  for (const [id] of heard) all.delete(id);
  return { seen: heard.map(([, { program, at }]) => ({ program, at })) };
}

/**
 * The first process is the init that the Engine puts there; the oldest of its children is what the container was started as. Later ones may be
 * orphans that it took in, which anybody can make.
 */
function mainsAmong([first, ...others]: readonly number[]): readonly (number | undefined)[] {
  const children = others.flatMap((pid) => readStat(pid) ?? []).filter(({ parent }) => parent === first);
  const [oldest] = children.toSorted((a, b) => Number(a.startTime) - Number(b.startTime));
  return [first, oldest?.pid];
}

/** One that carries the instance's mark is proof that these are processes of this machine, and not strangers with the same numbers. */
async function processesOf({ id, pid }: InstanceRecord, residents: ReadonlyMap<string, readonly number[]>): Promise<readonly number[]> {
  if (pid === undefined || environmentOf(pid, ['CODE_INSTANCE'])?.['CODE_INSTANCE'] !== id) return [];
  const namespace = await namespaceOf(pid);
  const all = namespace === undefined ? [] : (residents.get(namespace) ?? []);
  // The first is the one whose cgroup is the container's.
  return all.includes(pid) ? [pid, ...all.filter((one) => one !== pid)] : [];
}
