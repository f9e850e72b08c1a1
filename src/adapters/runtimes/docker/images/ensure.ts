// The image that an instance is made from: as it is here already, or fetched or built once for all who wait for it.
import type { Release } from '../../../../model/release.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import { builtName } from '../names.ts';
import type { Image } from '../shapes.ts';
import type { Fetch, Site } from '../site.ts';
import { build } from './build.ts';
import { findImage } from './find.ts';
import { pull } from './pull.ts';

/** Undefined when it is not here. */
export async function localImage(site: Site, { replicaSet }: StartRequest, signal: AbortSignal): Promise<Image | undefined> {
  return findImage(site, imageName(site, replicaSet.release), signal);
}

/** Errors: those of `pull`. */
export async function ensureImage(site: Site, request: StartRequest, signal: AbortSignal): Promise<Image> {
  const name = imageName(site, request.replicaSet.release);
  const here = await findImage(site, name, signal);
  if (here) return here;
  signal.throwIfAborted();
  const fetch = site.fetches.get(name) ?? begin(site, name, request);
  fetch.waiting += 1;
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  try {
    return await Promise.race([fetch.image, aborted]);
  } finally {
    fetch.waiting -= 1;
    if (fetch.waiting === 0) end(site, name, fetch);
  }
}

function begin(site: Site, name: string, request: StartRequest): Fetch {
  const abort = new AbortController();
  const image = make(site, name, request, AbortSignal.any([abort.signal, site.lifetime.signal]));
  const fetch: Fetch = { abort, image, waiting: 0 };
  site.fetches.set(name, fetch);
  return fetch;
}

/** Whoever comes next begins anew: what was broken off helps nobody. */
function end({ fetches }: Site, name: string, fetch: Fetch): void {
  if (fetches.get(name) === fetch) fetches.delete(name);
  fetch.image.catch(() => undefined);
  fetch.abort.abort(new Error('nobody waits for it any more'));
}

function make(site: Site, name: string, request: StartRequest, signal: AbortSignal): Promise<Image> {
  const { artifact } = request.replicaSet.release.run;
  const context = artifact.kind === 'image' ? artifact.context : undefined;
  return context === undefined ? pull(site, name, signal) : build(site, name, context, request, signal);
}

/** By what it was pinned to when it was planned; a tag may mean something else by now. */
export function imageName({ homeId }: Pick<Site, 'homeId'>, release: Pick<Release, 'application' | 'run'>): string {
  const { artifact } = release.run;
  const built = builtName(homeId, release);
  if (built !== undefined) return built;
  return artifact.kind === 'image' ? (artifact.pinned ?? artifact.reference) : artifact.digest;
}
