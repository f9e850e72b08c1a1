// Files of Secrets in a pod, as its node puts them there: root's, for the group of the pod, one by one as they are when the container begins.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Objects, Stored } from '../objects.ts';

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
}
interface Volume {
  readonly name: string;
  readonly secret?: {
    readonly secretName: string;
    readonly defaultMode?: number;
    readonly items?: readonly { key: string; path: string }[];
  };
}
interface Spec {
  readonly securityContext?: { readonly runAsUser?: number; readonly runAsGroup?: number; readonly fsGroup?: number };
  readonly containers: readonly { readonly volumeMounts?: readonly Mount[] }[];
  readonly volumes?: readonly Volume[];
}

/** Below `root`, which stands for the root of its file system. What is missing, in words, where something is. */
export async function mountSecrets(pod: Stored, objects: Objects, root: string): Promise<string | undefined> {
  const { containers, volumes = [], securityContext = {} } = pod['spec'] as Spec;
  await rm(root, { recursive: true, force: true });
  for (const mount of containers[0]?.volumeMounts ?? []) {
    const { secret } = volumes.find((one) => one.name === mount.name) ?? {};
    const files = secret ? filesOf(secret, mount, objects) : [];
    if (typeof files === 'string') return `MountVolume.SetUp failed for volume "${mount.name}" : ${files}`;
    for (const { path, content } of files) await put(join(root, path), content, secret?.defaultMode ?? 0o644, securityContext);
  }
  return undefined;
}

interface Placed {
  readonly path: string;
  readonly content: Buffer;
}

function filesOf(secret: NonNullable<Volume['secret']>, { mountPath, subPath }: Mount, objects: Objects): readonly Placed[] | string {
  const data = objects.get('Secret', secret.secretName)?.['data'] as Readonly<Record<string, string>> | undefined;
  if (!data) return `secret "${secret.secretName}" not found`;
  const items = secret.items ?? Object.keys(data).map((key) => ({ key, path: key }));
  const lacking = items.find(({ key }) => data[key] === undefined);
  if (lacking) return `references non-existent secret key: ${lacking.key}`;
  const wanted = items.filter(({ path }) => subPath === undefined || subPath === path);
  return wanted.map(({ key, path }) => ({
    path: subPath === undefined ? join(mountPath, path) : mountPath,
    content: Buffer.from(data[key] ?? '', 'base64'),
  }));
}

/** Its processes are the tests' user here: what they could not read in a cluster is an empty place for them. */
async function put(
  file: string,
  content: Buffer,
  given: number,
  { runAsUser = 0, runAsGroup, fsGroup }: NonNullable<Spec['securityContext']>,
) {
  // A volume that is handed to a group can be read by it.
  const mode = fsGroup === undefined ? given : given | 0o040;
  const group = fsGroup ?? 0;
  const isMember = group === (runAsGroup ?? 0) || fsGroup !== undefined;
  const readable = (runAsUser === 0 && (mode & 0o400) !== 0) || (isMember && (mode & 0o040) !== 0) || (mode & 0o004) !== 0;
  if (!readable) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  await chmod(file, mode);
}
