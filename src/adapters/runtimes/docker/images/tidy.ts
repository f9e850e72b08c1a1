// Removes images that were built here for releases that nobody can start any more.
import { hasCode } from '../../../../base/errors.ts';
import type { Release } from '../../../../model/release.ts';
import { EngineRefusal, refusedWith } from '../client.ts';
import { builtBy, builtName, ours } from '../names.ts';
import { images } from '../shapes.ts';
import type { Site } from '../site.ts';

/**
 * `kept`: the releases that may still be started. Without force, so that the Engine itself keeps what a container is made from; and one that is
 * wanted again after all is built again. An Engine that cannot be asked keeps everything until the next time.
 */
export async function tidyImages(site: Site, kept: readonly Release[]): Promise<void> {
  const wanted = new Set(kept.map((release) => builtName(site.homeId, release)));
  const { signal } = site.lifetime;
  try {
    const listed = await site.engine.json(images, { method: 'GET', path: '/images/json', query: { filters: ours(site.homeId) } }, signal);
    const names = listed.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.startsWith(builtBy(site.homeId)));
    for (const name of names) if (!wanted.has(name) && !site.fetches.has(name)) await remove(site, name);
  } catch (thrown) {
    if (site.lifetime.signal.aborted || thrown instanceof EngineRefusal) return;
    if (!hasCode(thrown, 'runtime_unavailable')) throw thrown;
  }
}

async function remove(site: Site, name: string): Promise<void> {
  try {
    await site.engine.run({ method: 'DELETE', path: `/images/${name}` }, site.lifetime.signal);
    site.log.info({ image: name }, 'removed an image that nothing refers to any more');
  } catch (thrown) {
    // 409: a container is made from it. 404: somebody was first.
    if (!refusedWith(thrown, 404, 409)) throw thrown;
  }
}
