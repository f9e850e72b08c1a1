// What a tag means now, asked of its registry as every container engine asks: the digest of its manifest.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Reference } from '../../../model/container/reference.ts';
import { parseReference } from '../../../model/container/reference.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import { hostOf } from '../../../platform/guard/network/target.ts';
import type { Called } from '../../../platform/http/call.ts';
import { call } from '../../../platform/http/call.ts';
import { isLoopback } from '../../../platform/loopback.ts';
import type { PinnedImage } from '../../../ports/instances.ts';
import { proofFor } from './proof.ts';

export interface RegistryOptions {
  readonly outbound: Outbound;
  /** A file with logins, as `docker login` writes it; absent: none. */
  readonly logins?: string;
}

/** Of one question; a plan waits for it. */
const patience: Duration = 15_000;

/** Manifests and lists of them, of both families: a list stands for the image on every kind of machine. */
const accepted = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * A tag that cannot be looked up stays one (`loose`): the cluster's nodes may reach a registry, and have logins to it, that this engine does
 * not. Errors: `artifact_missing`, which a registry says in so many words; `settings_invalid`.
 */
export async function pinAtRegistry(options: RegistryOptions, text: string, signal: AbortSignal): Promise<PinnedImage> {
  const reference = parseReference(text);
  const { digest, repository } = reference;
  if (digest !== undefined) return { name: text };
  const said = await ask(options, reference, signal);
  if (said?.status === 404 && /MANIFEST_UNKNOWN|NAME_UNKNOWN/.test(said.text))
    throw new CodeError('artifact_missing', `There is no image ${text}: its registry ${reference.registry} does not know it.`, {
      hint: 'Check its name and tag, and that it was pushed (docker push).',
    });
  const found = said?.status === 200 ? said.header('docker-content-digest') : undefined;
  return found !== undefined && /^sha256:[0-9a-f]{64}$/.test(found) ? { name: `${repository}@${found}` } : { name: text, loose: true };
}

type Answer = Extract<Called, { kind: 'answer' }>;

/** `undefined`: nobody answered, or may be asked. */
async function ask(options: RegistryOptions, reference: Reference, signal: AbortSignal): Promise<Answer | undefined> {
  const url = manifestUrl(reference);
  const get = async (proof: Readonly<Record<string, string>>): Promise<Answer | undefined> => {
    const request = { method: 'GET', url, headers: { accept: accepted, ...proof }, timeout: patience, most: 4 * 2 ** 20 } as const;
    const called = await call(request, options.outbound, signal);
    return called.kind === 'answer' ? called : undefined;
  };
  const host = hostOf(new URL(url));
  if (!options.outbound.permitsName(host) && !options.outbound.permits(host, host)) return undefined;
  const first = await get({});
  if (first?.status !== 401) return first;
  const proof = await proofFor({ ...options, registry: reference.registry, patience }, first.header('www-authenticate') ?? '', signal);
  return proof === undefined ? undefined : get({ authorization: proof });
}

/** Docker's own registry has another name for programs, and a family for images of one word. One on this machine speaks without TLS. */
function manifestUrl({ registry, repository, tag = 'latest' }: Reference): string {
  if (registry !== 'docker.io') {
    const scheme = isLoopback(registry.replace(/:\d+$/, '')) ? 'http' : 'https';
    return `${scheme}://${registry}/v2/${repository.slice(registry.length + 1)}/manifests/${tag}`;
  }
  const name = repository.replace(/^(?:index\.)?docker\.io\//, '');
  return `https://registry-1.docker.io/v2/${name.includes('/') ? name : `library/${name}`}/manifests/${tag}`;
}
