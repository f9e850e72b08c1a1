// What an image reference means at this moment: as the Engine has it, else as the registry says.
import { CodeError } from '../../../../base/errors.ts';
import { familiar, parseReference } from '../../../../model/container/reference.ts';
import type { PinnedImage } from '../../../../ports/instances.ts';
import type { Image } from '../shapes.ts';
import { distribution, engineVersion } from '../shapes.ts';
import type { Site } from '../site.ts';
import { findImage } from './find.ts';
import { loginFor } from './logins.ts';
import { fetchError, silence } from './refusals.ts';
import { permitRegistry } from './registry.ts';

/** An image that is here is believed, as with `docker run`; whoever wants a newer one names its tag or digest. */
export async function pinOne(site: Site, reference: string, signal: AbortSignal): Promise<PinnedImage> {
  const here = await findImage(site, reference, signal);
  const { Arch } = await site.engine.json(engineVersion, { method: 'GET', path: '/version' }, signal);
  if (!here) return fromRegistry(site, reference, Arch, signal);
  if (here.Architecture !== Arch) throw foreign(reference, [here.Architecture], Arch);
  return { name: nameOf(here, reference), ports: portsOf(here) };
}

function nameOf({ Id, RepoDigests }: Image, reference: string): string {
  const { repository } = parseReference(reference);
  return (RepoDigests ?? []).find((one) => one.startsWith(`${familiar(repository)}@`)) ?? Id;
}

function portsOf({ Config }: Image): readonly number[] {
  return Object.keys(Config?.ExposedPorts ?? {}).flatMap((one) => (one.endsWith('/tcp') ? [Number.parseInt(one, 10)] : []));
}

async function fromRegistry(site: Site, reference: string, arch: string, signal: AbortSignal): Promise<PinnedImage> {
  await permitRegistry(site, reference);
  const headers = await loginFor(site.logins, reference);
  const late = AbortSignal.timeout(site.patience);
  try {
    const request = { method: 'GET', path: `/distribution/${reference}/json`, headers, unhurried: true } as const;
    const { Descriptor, Platforms } = await site.engine.json(distribution, request, AbortSignal.any([signal, late]));
    const made = (Platforms ?? []).filter(({ os }) => os === 'linux').map(({ architecture }) => architecture);
    if (made.length > 0 && !made.includes(arch)) throw foreign(reference, made, arch);
    return { name: `${parseReference(reference).repository}@${Descriptor.digest}` };
  } catch (thrown) {
    signal.throwIfAborted();
    throw late.aborted ? silence(site, reference) : fetchError(site, reference, thrown);
  }
}

function foreign(reference: string, made: readonly string[], arch: string): CodeError {
  return new CodeError('unsupported', `${reference} is made for ${made.join(', ')}; this Docker Engine runs ${arch}.`, {
    hint: `Build it for ${arch} (docker buildx build --platform linux/${arch}), or name another tag.`,
    details: { made, wanted: arch },
  });
}
