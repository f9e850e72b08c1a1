// What has become of instances: alive by identity, or gone and why, as far as the launcher, the kernel and our own notes know.
import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { readFileIfExists } from '../../../platform/files.ts';
import { ranOutOfMemory } from '../../../platform/process/cgroup.ts';
import { isAlive } from '../../../platform/process/identity.ts';
import { killMembers } from '../../../platform/process/members.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { familyOf } from './family.ts';
import { handleOf } from './handle.ts';
import { placesOf } from './places.ts';
import { takeSecrets } from './secret-files.ts';
import type { Site } from './site.ts';

/** Follows the living from now on: they may be of an earlier life. */
export async function inspectAll(site: Site, records: readonly InstanceRecord[], signal: AbortSignal): Promise<readonly InstanceRecord[]> {
  signal.throwIfAborted();
  const seen = await Promise.all(records.map((record) => inspectOne(site, record)));
  for (const record of seen) {
    if (record.state === 'exited') continue;
    const leader = handleOf(record)?.leader;
    if (leader) site.watch.follow(record.id, leader);
    if (record.address) site.ports.adopt(record.id, record.address.port);
  }
  return seen;
}

/** One read of /proc for a living instance; more only in the pass that finds it gone. */
export async function inspectOne(site: Site, record: InstanceRecord): Promise<InstanceRecord> {
  if (record.state === 'exited') return record;
  const handle = handleOf(record);
  if (handle?.leader && isAlive(handle.leader)) return record;
  // Whoever stops it gives its last members their grace; until then it is not gone.
  if (site.stopping.has(record.id)) return record;
  const family = await familyOf(site, record);
  if (family && (await killMembers(family)) > 0) site.log.warn({ instance: record.id }, 'killed what an ended instance had left running');
  await takeSecrets(site.places, record.id);
  return { ...record, state: 'exited', ready: false, exit: await exitOf(site, record) };
}

type ExitReason = NonNullable<InstanceRecord['exit']>;

async function exitOf(site: Site, record: InstanceRecord): Promise<ExitReason> {
  const places = placesOf(site.places, record.id);
  const [status, told, killed] = await Promise.all([
    exitStatus(places.exit),
    readFileIfExists(places.stop),
    ranOutOfMemory(handleOf(record)?.cgroups ?? []),
  ]);
  const requested = told !== undefined || record.state === 'stopping' || record.state === 'draining';
  const ended = status ?? (await endOfChild(site, record.id)) ?? (told === 'SIGKILL' ? { signal: told } : {});
  return { ...ended, ...(killed ? { outOfMemory: true } : {}), requested, at: status?.at ?? site.clock.now() };
}

interface Ending {
  readonly code?: number;
  readonly signal?: string;
}

/** What the launcher wrote when the application ended. */
async function exitStatus(file: string): Promise<(Ending & { readonly at?: number }) | undefined> {
  const text = await readFileIfExists(file);
  if (text === undefined || !/^\d+\n$/.test(text)) return undefined;
  // Others look at the same time, and the first to know its end lets the note go.
  const note = await stat(file).catch(() => undefined);
  return { ...endingOf(Number(text)), ...(note && { at: Math.round(note.mtimeMs) }) };
}

/** Without a note of the launcher (it was killed, or the disk was full) its parent still knows its end, if we are that. */
async function endOfChild(site: Site, id: string): Promise<Ending | undefined> {
  const end = await site.children.get(id);
  if (end === undefined) return undefined;
  return end.signal === null ? endingOf(end.code ?? 0) : { signal: end.signal };
}

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** A shell tells an end by signal n as 128 + n; a program may exit with such a number as well, so both are said. */
export function endingOf(status: number): Ending {
  const signal = status > 128 ? signalNames.get(status - 128) : undefined;
  return signal === undefined ? { code: status } : { code: status, signal };
}
