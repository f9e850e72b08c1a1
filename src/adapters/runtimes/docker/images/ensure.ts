// The image that an instance is made from: as it is here already, or fetched or built once for all who wait for it.
import type { Artifact } from '../../../../model/release.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import type { Image } from '../shapes.ts';
import type { Site } from '../site.ts';
import { findImage } from './find.ts';
import { pull } from './pull.ts';

/** Undefined when it is not here. */
export async function localImage(site: Site, { replicaSet }: StartRequest, signal: AbortSignal): Promise<Image | undefined> {
  return findImage(site, nameOf(replicaSet.release.run.artifact), signal);
}

/** Errors: those of `pull`. */
export async function ensureImage(site: Site, request: StartRequest, signal: AbortSignal): Promise<Image> {
  const name = nameOf(request.replicaSet.release.run.artifact);
  const here = await findImage(site, name, signal);
  if (here) return here;
  const under = site.fetches.get(name);
  const fetch = under ?? pull(site, name, site.lifetime.signal).finally(() => site.fetches.delete(name));
  site.fetches.set(name, fetch);
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  return Promise.race([fetch, aborted]);
}

/** By what it was pinned to when it was planned; a tag may mean something else by now. */
function nameOf(artifact: Artifact): string {
  return artifact.kind === 'image' ? (artifact.pinned ?? artifact.reference) : artifact.digest;
}
