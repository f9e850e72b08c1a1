// Fetches an image, and says in words what kept it: the Engine passes on what the registry said, in an answer of status 200.
import { CodeError } from '../../../../base/errors.ts';
import { linesOf } from '../../../../platform/http/link.ts';
import { EngineRefusal } from '../client.ts';
import type { Image } from '../shapes.ts';
import { progress } from '../shapes.ts';
import type { Site } from '../site.ts';
import { findImage } from './find.ts';
import { parseReference } from './reference.ts';
import { fetchError, silence } from './refusals.ts';

/** Errors: `artifact_missing` (no such image), `denied`, `rate_limited`, `timed_out`, `disk_full`, `runtime_unavailable`. */
export async function pull(site: Site, name: string, signal: AbortSignal): Promise<Image> {
  const { repository, tag, digest } = parseReference(name);
  const silent = new AbortController();
  let alarm = setTimeout(() => silent.abort(), site.patience).unref();
  try {
    const query = { fromImage: repository, tag: digest ?? tag ?? 'latest' };
    const either = AbortSignal.any([signal, silent.signal]);
    const answer = await site.engine.stream({ method: 'POST', path: '/images/create', query }, either);
    for await (const line of linesOf(answer.chunks)) {
      clearTimeout(alarm);
      alarm = setTimeout(() => silent.abort(), site.patience).unref();
      const said = progress.parse(JSON.parse(line));
      if (said.error) throw new EngineRefusal(500, said.error);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw silent.signal.aborted ? silence(site, name) : fetchError(name, thrown);
  } finally {
    clearTimeout(alarm);
  }
  const here = await findImage(site, name, signal);
  if (here) return here;
  throw new CodeError('artifact_missing', `The image ${name} was fetched, and is not there.`, {
    hint: 'Look at the log of the Docker Engine.',
  });
}
