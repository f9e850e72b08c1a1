// What instances do while they run: where they listen, where they connect to, which programs they are, how often the kernel killed for memory.
import type { RunningProgram, Sighting } from '../../../../model/watch/watch.ts';
import { memoryKills } from '../../../../platform/process/cgroup.ts';
import { isAlive } from '../../../../platform/process/identity.ts';
import { membersOf } from '../../../../platform/process/members.ts';
import type { ProgramSight } from '../../../../platform/watch/programs.ts';
import { programSight } from '../../../../platform/watch/programs.ts';
import { socketSight } from '../../../../platform/watch/sockets.ts';
import type { SightRequest } from '../../../../ports/instances.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { familyOf } from '../family.ts';
import { handleOf } from '../handle.ts';
import type { Site } from '../site.ts';

type Tables = Parameters<typeof socketSight>[1];

/** All of them are in one network, whose tables are read once. */
export async function sightAll(site: Site, requests: readonly SightRequest[]): Promise<Readonly<Record<string, Sighting>>> {
  const tables: Tables = new Map();
  const all = await Promise.all(
    requests.map(async (request): Promise<readonly (readonly [string, Sighting])[]> => {
      const seen = await sightOne(site, request, tables);
      return seen ? [[request.record.id, seen]] : [];
    }),
  );
  return Object.fromEntries(all.flat());
}

async function sightOne(site: Site, { record, connections }: SightRequest, tables: Tables): Promise<Sighting | undefined> {
  const family = await familyOf(site, record);
  if (!family || !isAlive(family.leader)) return undefined;
  // The launcher is ours: it only waits for the application.
  const pids = (await membersOf(family)).map(({ identity }) => identity.pid).filter((pid) => pid !== family.leader.pid);
  const [sockets, programs, kills] = await Promise.all([
    socketSight(pids, tables),
    programSight(pids),
    memoryKills(handleOf(record)?.cgroups ?? []),
  ]);
  if (!isAlive(family.leader)) return undefined;
  const unreadable = { notMeasured: 'its processes cannot be read in /proc' };
  return {
    listening: sockets ? { seen: sockets.listening } : unreadable,
    ...(connections && { outbound: sockets ? { seen: sockets.outbound } : unreadable }),
    programs: programs ? { seen: programs.map((one) => programOf(record, one)) } : unreadable,
    memoryKills: kills === undefined ? { notMeasured: 'this machine has no memory cgroup for it' } : { seen: kills },
  };
}

function programOf(record: InstanceRecord, { pid, path, deleted, writtenAt }: ProgramSight): RunningProgram {
  const directory = handleOf(record)?.directory;
  return {
    path,
    main: pid === record.pid,
    released: !deleted && directory !== undefined && path.startsWith(`${directory}/`),
    deleted,
    ...(writtenAt !== undefined && { writtenAt }),
  };
}
