// Finds processes of this home that nobody has a record of, by their mark and by what was kept beside them; and sweeps what the dead left.
import type { ProcessIdentity } from '../../../platform/process/identity.ts';
import { isAlive } from '../../../platform/process/identity.ts';
import type { Resident } from '../../../platform/process/members.ts';
import { census } from '../../../platform/process/members.ts';
import { environmentOf } from '../../../platform/process/proc.ts';
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
  const marked = await markedProcesses(site);
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
async function markedProcesses(site: Site): Promise<ReadonlyMap<string, ProcessIdentity>> {
  const ours = (await census()).filter(({ mark }) => mark?.home === site.places.homeId);
  // Of two that began in the same tick the one that leads the session is the elder.
  const leads = ({ identity, session }: Resident) => (identity.pid === session ? 1 : 0);
  const youngestFirst = ours.toSorted((a, b) => Number(b.identity.startTime) - Number(a.identity.startTime) || leads(a) - leads(b));
  return new Map(youngestFirst.flatMap(({ mark, identity }) => (mark ? [[mark.instance, identity] as const] : [])));
}

/** Completes an intent to start with the process that came of it before a crash; `undefined` when none lives. */
export async function completeIntent(site: Site, intent: InstanceRecord): Promise<InstanceRecord | undefined> {
  const eldest = (await markedProcesses(site)).get(intent.id);
  return eldest && withLeader(intent, eldest);
}

/** The identity that was kept is the launcher's and is believed; an intent takes the eldest process for it. */
function withLeader(record: InstanceRecord | undefined, eldest: ProcessIdentity): InstanceRecord | undefined {
  if (record === undefined || handleOf(record)?.leader !== undefined) return record;
  return { ...record, handle: { ...record.handle, leader: eldest } };
}

/** Its directory was lost: what its environment says is enough to stop it. */
function fromEnvironment(site: Site, id: string, leader: ProcessIdentity): InstanceRecord | undefined {
  const env = environmentOf(leader.pid);
  if (env === undefined || !isSafe(site, id)) return undefined;
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
