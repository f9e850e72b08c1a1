// Finds processes of this home that nobody has a record of, by their mark and by what was kept beside them; and sweeps what the dead left.
import { identityOf, isAlive } from '../../../platform/process/identity.ts';
import { carriesMark, environmentOf, listPids, readStat } from '../../../platform/process/proc.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { handleOf, keptRecords } from './handle.ts';
import { placesOf } from './places.ts';
import type { Site } from './site.ts';

export interface Found {
  readonly living: readonly InstanceRecord[];
  /** Kept beside an instance that is dead. */
  readonly dead: readonly InstanceRecord[];
}

export async function findUnknown(site: Site, known: (id: string) => boolean): Promise<Found> {
  const kept = (await keptRecords(site.places)).filter(({ id }) => !known(id));
  const marked = markedProcesses(site);
  const byId = new Map(kept.map((record) => [record.id, record]));
  const living = [...marked].flatMap(([id, pid]) =>
    known(id) ? [] : (withLeader(byId.get(id), pid) ?? fromEnvironment(site, id, pid) ?? []),
  );
  const found = new Set(living.map(({ id }) => id));
  // Without /proc nobody can be found by a mark, only by the identity that was kept.
  const others = kept.filter((record) => !found.has(record.id));
  const alive = (record: InstanceRecord) => {
    const leader = handleOf(record)?.leader;
    return leader !== undefined && isAlive(leader);
  };
  return { living: [...living, ...others.filter(alive)], dead: others.filter((record) => !alive(record)) };
}

/** Instance ids of this home's living processes, each with the eldest of its processes: its launcher, where that still lives. */
function markedProcesses(site: Site): ReadonlyMap<string, number> {
  const eldest = new Map<string, { pid: number; age: number }>();
  for (const pid of listPids()) {
    if (!carriesMark(pid, { CODE_HOME_ID: site.places.homeId })) continue;
    const [id, stat] = [environmentOf(pid)?.['CODE_INSTANCE'], readStat(pid)];
    if (id === undefined || stat === undefined || identityOf(pid) === undefined) continue;
    const age = Number(stat.startTime);
    const best = eldest.get(id);
    const elder = best === undefined || age < best.age || (age === best.age && pid === stat.session);
    if (elder) eldest.set(id, { pid, age });
  }
  return new Map([...eldest].map(([id, { pid }]) => [id, pid]));
}

/** The identity that was kept is the launcher's and is believed; an intent takes the eldest process for it. */
function withLeader(record: InstanceRecord | undefined, eldest: number): InstanceRecord | undefined {
  if (record === undefined || handleOf(record)?.leader !== undefined) return record;
  return { ...record, handle: { ...record.handle, leader: identityOf(eldest) } };
}

/** Its directory was lost: what its environment says is enough to stop it. */
function fromEnvironment(site: Site, id: string, pid: number): InstanceRecord | undefined {
  const [env, leader] = [environmentOf(pid), identityOf(pid)];
  if (env === undefined || leader === undefined || !isSafe(site, id)) return undefined;
  return {
    id,
    replicaSet: env['CODE_REPLICA_SET'] ?? '',
    generation: Number(env['CODE_GENERATION'] ?? 0),
    state: 'running',
    ready: false,
    startedAt: site.clock.now(),
    driver: 'process',
    handle: { directory: site.places.instances, leader, cgroups: [] },
  };
}

function isSafe(site: Site, id: string): boolean {
  try {
    return placesOf(site.places, id).directory !== '';
  } catch {
    return false;
  }
}
