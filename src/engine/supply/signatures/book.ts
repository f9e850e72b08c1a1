// The signatures that were brought, and what they are worth now, with the keys that are trusted now.
import { Buffer } from 'node:buffer';
import type { Digest } from '../../../base/digest.ts';
import { canonicalJson, digestOf } from '../../../base/digest.ts';
import { CodeError } from '../../../base/errors.ts';
import type { Artifact } from '../../../model/release.ts';
import { treeOf } from '../../../model/release.ts';
import type { EnginePorts } from '../../ports.ts';
import { readBundle } from './bundle.ts';
import type { Signable, Verdicts } from './verify.ts';
import { judgeSignatures } from './verify.ts';

/** For one artifact; more than that nobody needs, and all of them are verified. */
const mostBundles = 50;

/** Keeps a bundle with each artifact that it names, in any order with the artifact. Errors: `input_invalid`, `too_large`. */
export async function keepBundle(ports: EnginePorts, bundle: string, by: string): Promise<readonly Digest[]> {
  const { artifacts } = readBundle(bundle);
  const [clock, name] = [ports.clock, digestOf(bundle).slice('sha256:'.length)];
  for (const artifact of artifacts.slice(0, mostBundles)) {
    const known = await ports.store.list('attestation', { prefix: `${artifact}/` });
    if (known.length >= mostBundles && !known.some(({ key }) => key === `${artifact}/${name}`))
      throw new CodeError('too_large', `${artifact} has ${mostBundles} signatures already.`);
    const value = { artifact, bundle, at: clock.now(), by };
    await ports.store.commit([{ op: 'put', kind: 'attestation', key: `${artifact}/${name}`, value }], ports.fence());
  }
  return artifacts;
}

/** What is known of who signed an artifact. */
export async function signaturesOf(ports: EnginePorts, artifact: Artifact): Promise<Verdicts & { readonly artifact?: Digest }> {
  const signable = await signableOf(ports, artifact);
  if (!signable) {
    const because = 'it is named by a tag, and what that means is not known here; name it by its digest';
    return { signature: { state: 'not_measured', because }, provenance: { state: 'not_measured', because } };
  }
  const kept = await ports.store.list('attestation', { prefix: `${signable.digest}/` });
  const keys = (await ports.trust?.keys()) ?? [];
  const bundles = kept.map(({ value }) => value.bundle);
  return { artifact: signable.digest, ...judgeSignatures(signable, bundles, keys) };
}

/** Of a snapshot its listing, whose digest is the snapshot's; of an image its digest. */
async function signableOf({ artifacts }: EnginePorts, artifact: Artifact): Promise<Signable | undefined> {
  const tree = treeOf(artifact);
  if (tree !== undefined) {
    if (!artifacts.readTree) return { digest: tree };
    return { digest: tree, bytes: Buffer.from(canonicalJson(await artifacts.readTree(tree))) };
  }
  if (artifact.kind !== 'image') return undefined;
  const [, hex] = /@sha256:([0-9a-f]{64})$/.exec(artifact.pinned ?? artifact.reference) ?? [];
  return hex === undefined ? undefined : { digest: `sha256:${hex}` };
}
