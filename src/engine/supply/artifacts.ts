// The files of what is live, release by release, as far as they can be read here.
import { Buffer } from 'node:buffer';
import type { Digest } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Artifact, Release } from '../../model/release.ts';
import { treeOf } from '../../model/release.ts';
import type { Artifacts } from '../../ports/artifacts.ts';
import { releaseKey } from '../keys.ts';
import type { EnginePorts } from '../ports.ts';
import type { Contents } from './inventory/inventory.ts';

export interface Opened {
  /** Absent: nothing of it can be read here. */
  readonly contents?: Contents;
  /** What of the artifact is not looked into, and why. */
  readonly gaps: readonly string[];
}

/** In the order of their services' names. Errors: `application_unknown`, `service_unknown`, `release_unknown`. */
export async function liveReleases({ store }: EnginePorts, scope: Scope, service: string | undefined): Promise<readonly Release[]> {
  const live = (await store.get('environment', scopeKey(scope)))?.value.services ?? {};
  const names = Object.keys(live).sort();
  if (names.length === 0)
    throw new CodeError('application_unknown', `${scope.application} is not deployed in environment ${scope.environment}.`, {
      hint: 'Run "codectl status" to see what is.',
    });
  if (service !== undefined && !names.includes(service))
    throw new CodeError('service_unknown', `${scopeKey(scope)} has no service called ${service}; it has ${names.join(', ')}.`);
  const wanted = names.filter((name) => service === undefined || name === service);
  return Promise.all(
    wanted.map(async (name) => {
      const id = live[name]?.release ?? '';
      const stored = await store.get('release', releaseKey(scope.application, id));
      if (stored) return stored.value;
      throw new CodeError('release_unknown', `Release ${id} is no longer kept.`, { hint: 'Deploy again.' });
    }),
  );
}

/** What was uploaded of it, which is nothing of an image that is fetched. Errors: `artifact_missing`, `artifact_corrupt`. */
export async function openArtifact(artifacts: Artifacts, artifact: Artifact): Promise<Opened> {
  const tree = treeOf(artifact);
  if (tree === undefined) return { gaps: [] };
  const contents = await treeContents(artifacts, tree);
  return contents ? { contents, gaps: [] } : { gaps: ['this store of artifacts gives no contents back'] };
}

export async function treeContents(artifacts: Artifacts, tree: Digest): Promise<Contents | undefined> {
  const { readTree, readBlob } = artifacts;
  if (!readTree || !readBlob) return undefined;
  const { entries } = await readTree(tree);
  const files = entries.flatMap((entry) => (entry.kind === 'file' ? [entry] : []));
  const digests = new Map(files.map(({ path, digest }) => [path, digest]));
  return {
    files,
    read: async (path) => {
      const digest = digests.get(path);
      if (digest === undefined) throw new CodeError('artifact_missing', `${path} is not part of the snapshot ${tree}.`);
      return Buffer.from(await readBlob(digest)).toString('utf8');
    },
  };
}

export function imageGap(artifact: Artifact, because: string): string {
  const name = artifact.kind === 'image' ? (artifact.pinned ?? artifact.reference) : artifact.digest;
  return `the image ${name} is not looked into: ${because}`;
}
