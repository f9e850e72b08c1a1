// Ends an instance: SIGTERM to everybody who belongs to it, its grace, then SIGKILL until nobody is left.
import type { Duration } from '../../../base/units.ts';
import { writeFileAtomic } from '../../../platform/files.ts';
import { isAlive } from '../../../platform/process/identity.ts';
import type { Family } from '../../../platform/process/members.ts';
import { killMembers, membersOf } from '../../../platform/process/members.ts';
import { signalGroup, signalProcess } from '../../../platform/process/signal.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { familyOf } from './family.ts';
import { placesOf } from './places.ts';
import type { Site } from './site.ts';

const lookMs = 20;
/** What the launcher has to write how the application ended, once that was killed. */
const launcherPatience: Duration = 1_000;

/** A second call waits too and shortens the grace, if its own is shorter; it does not ask again. */
export async function stopOne(site: Site, record: InstanceRecord, grace: Duration, signal: AbortSignal): Promise<void> {
  const family = await familyOf(site, record);
  if (family === undefined || (await isGone(family))) return;
  const others = site.stopping.get(record.id) ?? 0;
  site.stopping.set(record.id, others + 1);
  try {
    await note(site, record, 'SIGTERM');
    if (others === 0) await terminate(family);
    if (await gone(site, family, grace, signal)) return;
    await kill(site, record, signal);
  } finally {
    const left = (site.stopping.get(record.id) ?? 1) - 1;
    if (left > 0) site.stopping.set(record.id, left);
    else site.stopping.delete(record.id);
  }
}

/** The group at once, so that nobody forks in between; then those who made groups or sessions of their own. */
async function terminate(family: Family): Promise<void> {
  const { leader } = family;
  const elsewhere = (await membersOf(family)).filter(({ identity, group }) => identity.pid !== leader.pid && group !== leader.pid);
  // Without its launcher the group cannot be trusted, only its members.
  const told = signalGroup(leader, 'SIGTERM') ? elsewhere : await membersOf(family);
  for (const { identity } of told) signalProcess(identity, 'SIGTERM');
}

/** Spares the launcher at first: it then writes down how the application ended. */
async function kill(site: Site, record: InstanceRecord, signal: AbortSignal): Promise<void> {
  for (;;) {
    const family = await familyOf(site, record);
    if (family === undefined) return;
    await killMembers(family, family.leader);
    if (await gone(site, family, launcherPatience, signal)) return;
    await note(site, record, 'SIGKILL');
    await killMembers(family);
    if (await gone(site, family, launcherPatience, signal)) return;
  }
}

/** Whether everybody ended within the time. */
async function gone(site: Site, family: Family, within: Duration, signal: AbortSignal): Promise<boolean> {
  const deadline = site.clock.now() + within;
  while (!(await isGone(family))) {
    if (site.clock.now() >= deadline) return false;
    await site.clock.sleep(Math.min(lookMs, Math.max(1, deadline - site.clock.now())), signal);
  }
  return true;
}

async function isGone(family: Family): Promise<boolean> {
  return !isAlive(family.leader) && (await membersOf(family)).length === 0;
}

/** So that a later daemon knows that the end was asked for. A full disk is no reason to leave it running. */
async function note(site: Site, record: InstanceRecord, what: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  try {
    await writeFileAtomic(placesOf(site.places, record.id).stop, what);
  } catch (error) {
    site.log.warn({ instance: record.id, error }, 'could not note that the instance was told to stop');
  }
}
