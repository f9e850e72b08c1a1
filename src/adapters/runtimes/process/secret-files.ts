// Secrets as files of one instance: in memory where the machine has a place for that, readable for its user only, gone with the instance.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeTree, writeFileAtomic } from '../../../platform/files.ts';
import { makePrivateDirectory } from '../../../platform/private-file.ts';
import type { StartRequest } from '../../../ports/instances.ts';
import type { Places } from './places.ts';
import { placesOf } from './places.ts';

type Variables = Readonly<Record<string, string>>;

/** What goes into the environment: values, and for files where they are (`TLS_KEY_FILE`). Errors: `disk_full`, `home_unwritable`. */
export async function giveSecrets(places: Places, { id, replicaSet, secrets }: StartRequest): Promise<Variables> {
  const files = new Set(replicaSet.release.run.secretFiles);
  const given = Object.entries(secrets);
  const values = Object.fromEntries(given.filter(([name]) => !files.has(name)));
  if (files.size === 0) return values;
  const directory = placesOf(places, id).secrets;
  await makePrivateDirectory(dirname(directory));
  await makePrivateDirectory(directory);
  const told = given.flatMap(([name, value]) => (files.has(name) ? [{ name, value, path: join(directory, name) }] : []));
  for (const { path, value } of told) await writeFileAtomic(path, value);
  return { ...values, ...Object.fromEntries(told.map(({ name, path }) => [`${name}_FILE`, path])) };
}

export async function takeSecrets(places: Places, id: string): Promise<void> {
  await removeTree(placesOf(places, id).secrets);
}

/** Of instances that a crash let nobody see the end of. */
export async function sweepSecretFiles(places: Places, isKept: (id: string) => boolean): Promise<void> {
  const names = await readdir(places.secrets).catch(() => []);
  for (const name of names) if (!isKept(name)) await removeTree(join(places.secrets, name));
}
