// Starts one instance so that it is found again whenever the engine dies: the intent is kept first, then who it became.
import { removeIfExists, writeFileAtomic } from '../../../../platform/files.ts';
import { createCgroup, removeCgroups } from '../../../../platform/process/cgroup.ts';
import { signalGroup } from '../../../../platform/process/signal.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { placesOf } from '../places.ts';
import { takeSecrets } from '../secret-files.ts';
import type { Site } from '../site.ts';
import { stepBehind } from './haste.ts';
import { applicationPid, startLauncher } from './launcher.ts';
import { prepare } from './prepare.ts';

/**
 * Nothing is left behind when it fails. A crash after the spawn and before the second write leaves an intent, and a process that carries
 * the instance's mark: `strays` joins the two.
 */
export async function launch(site: Site, request: StartRequest, port: number | undefined, signal: AbortSignal): Promise<InstanceRecord> {
  const places = placesOf(site.places, request.id);
  const prepared = await prepare(site, request, port, signal);
  const { cpu, memory } = request.replicaSet.release.run.resources;
  const cgroup = await createCgroup(await site.cgroups(), request.id, { cpu, memory });
  try {
    signal.throwIfAborted();
    const handle = { directory: prepared.directory, cgroups: cgroup.directories };
    const intent = recordOf(site, request, port, cgroup.notEnforced);
    await writeFileAtomic(places.record, JSON.stringify({ ...intent, handle }));
    const child = await startLauncher(places, cgroup.directories, prepared);
    const record: InstanceRecord = { ...intent, handle: { ...handle, leader: child.identity } };
    try {
      await writeFileAtomic(places.record, JSON.stringify(record));
    } catch (error) {
      if (child.identity) signalGroup(child.identity, 'SIGKILL');
      await child.exited;
      throw error;
    }
    site.children.set(request.id, child.exited);
    const started = { ...record, pid: child.identity ? await applicationPid(places, child.identity) : undefined };
    await stepBehind(site, started);
    return started;
  } catch (error) {
    await removeCgroups(cgroup.directories);
    await removeIfExists(places.record);
    await takeSecrets(site.places, request.id);
    throw error;
  }
}

function recordOf(site: Site, { id, replicaSet }: StartRequest, port: number | undefined, notEnforced: readonly string[]): InstanceRecord {
  return {
    id,
    replicaSet: replicaSet.id,
    generation: replicaSet.generation,
    state: 'running',
    ready: false,
    address: port === undefined ? undefined : { host: '127.0.0.1', port },
    startedAt: site.clock.now(),
    notEnforced: notEnforced.length > 0 ? notEnforced : undefined,
    driver: 'process',
    handle: {},
  };
}
