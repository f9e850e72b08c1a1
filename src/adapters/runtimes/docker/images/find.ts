// An image that the Engine has, by whatever name.
import { refusedWith } from '../client.ts';
import type { Image } from '../shapes.ts';
import { image } from '../shapes.ts';
import type { Site } from '../site.ts';

/** Undefined when it is not here. */
export async function findImage(site: Site, name: string, signal: AbortSignal): Promise<Image | undefined> {
  try {
    return await site.engine.json(image, { method: 'GET', path: `/images/${name}/json` }, signal);
  } catch (thrown) {
    if (refusedWith(thrown, 404, 400)) return undefined;
    throw thrown;
  }
}
