// An instance starts behind those that serve: until it listens it gets what they leave of the processor, then as much as anybody.
import { mayRaise, nice, setNice } from '../../../../platform/process/priority.ts';
import { readStat } from '../../../../platform/process/proc.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { familyOf } from '../family.ts';
import type { Site } from '../site.ts';

/** One that does not listen by then may be kept from it by the very others that it makes room for. */
const longest = 2_000;

/** Call when it was started. What will never listen (no port) is not held back. */
export async function stepBehind(site: Site, record: InstanceRecord): Promise<void> {
  if (!mayRaise()) return;
  const held = record.address !== undefined;
  if (held) site.behind.set(record.id, record);
  await setAll(site, record, held ? nice.starting : nice.usual);
}

/** Call when it listens; also right for one that an earlier daemon started. */
export async function catchUp(site: Site, record: InstanceRecord): Promise<void> {
  if (!mayRaise()) return;
  site.behind.delete(record.id);
  await setAll(site, record, nice.usual);
}

/** Call now and then. */
export function catchUpLate(site: Site): void {
  const now = site.clock.now();
  for (const record of site.behind.values()) if (now - record.startedAt > longest) void catchUp(site, record);
}

async function setAll(site: Site, record: InstanceRecord, value: number): Promise<void> {
  const family = await familyOf(site, record);
  if (family === undefined) return;
  const { pid = 0 } = record;
  const application = readStat(pid)?.session === family.leader.pid ? [pid] : [];
  for (const one of new Set([family.leader.pid, ...application, ...family.others])) setNice(one, value);
}
