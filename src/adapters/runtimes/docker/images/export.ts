// Hands out an image as the Engine keeps it: the archive that docker save writes.
import { CodeError } from '../../../../base/errors.ts';
import { formatDuration } from '../../../../base/units.ts';
import type { Release } from '../../../../model/release.ts';
import type { ExportedImage } from '../../../../ports/instances.ts';
import type { Site } from '../site.ts';
import { imageName } from './ensure.ts';
import { findImage } from './find.ts';

/** Undefined when the Engine does not have it: nothing is fetched to be looked at. */
export async function exportImage(site: Site, release: Release, signal: AbortSignal): Promise<ExportedImage | undefined> {
  const image = await findImage(site, imageName(site, release), signal);
  return image && { id: image.Id, chunks: () => chunksOf(site, image.Id, signal) };
}

async function* chunksOf(site: Site, id: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const silent = new AbortController();
  const alarm = setTimeout(() => silent.abort(), site.patience).unref();
  const either = AbortSignal.any([signal, silent.signal, site.lifetime.signal]);
  try {
    const { chunks } = await site.engine.stream({ method: 'GET', path: `/images/${id}/get`, unhurried: true }, either);
    for await (const chunk of chunks) {
      yield chunk;
      alarm.refresh();
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (!silent.signal.aborted) throw thrown;
    throw new CodeError('timed_out', `The Docker Engine said nothing for ${formatDuration(site.patience)} while it handed out ${id}.`, {
      hint: 'Look at its log, or raise docker_patience in the settings.',
    });
  } finally {
    clearTimeout(alarm);
  }
}
