// Starts an instance once, however often it is asked for, and gives its port back when that fails.
import type { StartRequest } from '../../../../ports/instances.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { handleOf, keptRecord } from '../handle.ts';
import { inspectOne } from '../inspect.ts';
import type { InstancePlaces } from '../places.ts';
import { placesOf } from '../places.ts';
import type { Site } from '../site.ts';
import { completeIntent } from '../strays.ts';
import { launch } from './launch.ts';
import { knownPid } from './launcher.ts';

/** Idempotent by id, also after a crash: what was started under this id is returned as it is now. */
export async function startOne(site: Site, request: StartRequest, signal: AbortSignal): Promise<InstanceRecord> {
  const { id } = request;
  const under = site.starts.get(id);
  if (under !== undefined) return inspectOne(site, await under);
  const start = startOrFind(site, request, signal);
  site.starts.set(id, start);
  try {
    const record = await start;
    const leader = handleOf(record)?.leader;
    if (leader) site.watch.follow(id, leader);
    void site.children.get(id)?.then(() => site.watch.ended(id));
    return record;
  } catch (error) {
    site.starts.delete(id);
    throw error;
  }
}

async function startOrFind(site: Site, request: StartRequest, signal: AbortSignal): Promise<InstanceRecord> {
  signal.throwIfAborted();
  const { id, replicaSet } = request;
  const places = placesOf(site.places, id);
  const kept = await keptRecord(places.record);
  const found = kept && (handleOf(kept)?.leader ? kept : ((await completeIntent(site, kept)) ?? (await hasRun(places, kept))));
  if (found) return inspectOne(site, { ...found, pid: found.pid ?? (await knownPid(places)) });
  const port = replicaSet.release.run.port === undefined ? undefined : await site.ports.reserve(id, signal);
  try {
    return await launch(site, request, port, signal);
  } catch (error) {
    site.ports.release(id);
    throw error;
  }
}

/** An intent whose process has ended already: it left its pid, and is not started a second time. */
async function hasRun(places: InstancePlaces, intent: InstanceRecord): Promise<InstanceRecord | undefined> {
  return (await knownPid(places)) === undefined ? undefined : intent;
}
