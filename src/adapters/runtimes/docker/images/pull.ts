// Fetches an image, and says in words what kept it: the Engine passes on what the registry said, in an answer of status 200.
import { CodeError } from '../../../../base/errors.ts';
import { parseReference } from '../../../../model/container/reference.ts';
import type { Image } from '../shapes.ts';
import type { Site } from '../site.ts';
import { findImage } from './find.ts';
import { loginFor } from './logins.ts';
import { follow } from './progress.ts';
import { fetchError, silence } from './refusals.ts';
import { permitRegistry } from './registry.ts';

/** Errors: `artifact_missing` (no such image), `denied` (by the registry, or `calls_allowed`), `rate_limited`, `timed_out`, `disk_full`, `settings_invalid` (of logins), `runtime_unavailable`. */
export async function pull(site: Site, name: string, signal: AbortSignal): Promise<Image> {
  await permitRegistry(site, name);
  const { repository, tag, digest } = parseReference(name);
  const query = { fromImage: repository, tag: digest ?? tag ?? 'latest' };
  const headers = await loginFor(site.logins, name);
  try {
    await follow(site, { method: 'POST', path: '/images/create', query, headers }, signal, {
      patience: site.patience,
      silence: () => silence(site, name),
    });
  } catch (thrown) {
    signal.throwIfAborted();
    throw fetchError(site, name, thrown);
  }
  const here = await findImage(site, name, signal);
  if (here) return here;
  throw new CodeError('artifact_missing', `The image ${name} was fetched, and is not there.`, {
    hint: 'Look at the log of the Docker Engine.',
  });
}
