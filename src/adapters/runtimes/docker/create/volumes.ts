// Volumes by the names of the manifest: they outlive containers and releases, and belong to who runs there from their first day.
import { CodeError } from '../../../../base/errors.ts';
import { numbersOf } from '../../../../model/container/rights.ts';
import type { Scope } from '../../../../model/instance.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import { refusedWith } from '../client.ts';
import { belongsTo, label, scopeLabels, volumeName } from '../names.ts';
import type { Image } from '../shapes.ts';
import { created, volume } from '../shapes.ts';
import type { Site } from '../site.ts';
import { tarOf } from '../tar.ts';
import { userOf } from './spec.ts';

/** Idempotent. Errors: `write_conflict` for a volume of this name that is not this application's. */
export async function ensureVolumes(site: Site, request: StartRequest, image: Image, signal: AbortSignal): Promise<void> {
  const { scope, release } = request.replicaSet;
  for (const { name } of release.run.volumes) {
    const full = volumeName(site.homeId, scope, name);
    if (await isThere(site, full, scope, signal)) continue;
    const json = { Name: full, Labels: scopeLabels(site.homeId, scope) };
    await site.engine.run({ method: 'POST', path: '/volumes/create', json }, signal);
    await handOver(site, request, full, image, signal);
  }
}

async function isThere(site: Site, name: string, scope: Scope, signal: AbortSignal): Promise<boolean> {
  try {
    const found = await site.engine.json(volume, { method: 'GET', path: `/volumes/${name}` }, signal);
    if (belongsTo(found.Labels, site.homeId, scope)) return true;
  } catch (thrown) {
    if (refusedWith(thrown, 404)) return false;
    throw thrown;
  }
  throw new CodeError('write_conflict', `A volume named ${name} is there already, and it is not this application's.`, {
    hint: `Remove it (docker volume rm ${name}) if nobody needs it; codectl leaves it alone.`,
  });
}

const place = '/codectl-volume';

/**
 * A new volume is root's. It is put into a container that is never started, and its directory written there with the user's numbers: the
 * only way that works on any Engine, without a program in the image. A user that is a name is the image's to prepare for.
 */
async function handOver(site: Site, { replicaSet }: StartRequest, full: string, image: Image, signal: AbortSignal): Promise<void> {
  const owner = numbersOf(userOf(replicaSet.release.run.container ?? {}, image.Config?.User ?? ''));
  if (!owner || Number(owner.uid) === 0) return;
  const json = {
    Image: image.Id,
    Cmd: ['-'],
    Labels: { [label.home]: site.homeId },
    HostConfig: { Mounts: [{ Type: 'volume', Source: full, Target: `${place}/volume` }] },
  };
  const { Id } = await site.engine.json(created, { method: 'POST', path: '/containers/create', json }, signal);
  try {
    const entries = [{ path: 'volume/', mode: 0o755, uid: Number(owner.uid), gid: Number(owner.gid) }];
    const body = tarOf(entries);
    const headers = { 'content-type': 'application/x-tar' };
    await site.engine.run({ method: 'PUT', path: `/containers/${Id}/archive`, query: { path: place }, headers, body }, signal);
  } finally {
    await site.engine.run({ method: 'DELETE', path: `/containers/${Id}`, query: { force: true } }, site.lifetime.signal);
  }
}
