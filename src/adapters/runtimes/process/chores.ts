// What must be tidied now and then: output files that grew large, ports and cgroups of the dead, output of instances long forgotten.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeIfExists, removeTree } from '../../../platform/files.ts';
import { closeCgroups, removeCgroups, sweepCgroups } from '../../../platform/process/cgroup.ts';
import type { RotateOptions } from '../../../platform/process/rotate.ts';
import { rotate } from '../../../platform/process/rotate.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { handleOf } from './handle.ts';
import { placesOf } from './places.ts';
import { sweepSecretFiles, takeSecrets } from './secret-files.ts';
import type { Site } from './site.ts';

/** One at a time; a refusal (a full disk) is told and tried again at the next look. */
export async function rotateAll(site: Site, ids: readonly string[], options: RotateOptions): Promise<void> {
  for (const id of ids) {
    const { out, err } = placesOf(site.places, id);
    for (const path of [out, err]) {
      try {
        await rotate(path, options);
      } catch (error) {
        site.log.warn({ instance: id, error: String(error) }, 'could not rotate the output of an instance');
      }
    }
  }
}

/** What its output said may still be asked for; everything else of an ended instance goes. */
export async function discard(site: Site, record: InstanceRecord): Promise<void> {
  const places = placesOf(site.places, record.id);
  const cgroups = handleOf(record)?.cgroups ?? [];
  if (!(await removeCgroups(cgroups)))
    site.log.warn({ instance: record.id, cgroups }, 'a cgroup could not be removed yet; it is swept later');
  site.watch.unfollow(record.id);
  site.ports.release(record.id);
  site.children.delete(record.id);
  site.starts.delete(record.id);
  await takeSecrets(site.places, record.id);
  for (const path of [places.exit, places.pid, places.stop, places.record]) await removeIfExists(path);
}

/** Removes the output of forgotten instances but the newest, and cgroups of those who are gone. */
export async function sweep(site: Site, keep: number): Promise<void> {
  const { instances } = site.places;
  const names = await readdir(instances).catch(() => []);
  const forgotten = await Promise.all(names.map((name) => forgottenAt(instances, name)));
  const newestFirst = forgotten.flatMap((one) => one ?? []).toSorted((a, b) => b.at - a.at);
  for (const { name } of newestFirst.slice(keep)) await removeTree(join(instances, name));
  const gone = new Set(newestFirst.map(({ name }) => name));
  const kept = new Set(names.filter((name) => !gone.has(name)));
  const cgroups = await site.cgroups();
  // Asked anew for each name: an instance may be started while this looks round.
  await sweepCgroups(cgroups, (name) => kept.has(name) || site.starts.has(name));
  await sweepSecretFiles(site.places, (name) => kept.has(name) || site.starts.has(name));
  if (site.starts.size === 0) await closeCgroups(cgroups);
}

/** Without a record it is forgotten – or just being started, which is why only directories with output count. */
async function forgottenAt(instances: string, name: string): Promise<{ readonly name: string; readonly at: number } | undefined> {
  const has = (file: string) =>
    stat(join(instances, name, file)).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
  if ((await has('record.json')) !== undefined) return undefined;
  const at = await has('out.log');
  return at === undefined ? undefined : { name, at };
}
