// Values of secrets as the Swarm keeps them: never in what a service is asked to be, but in files that only its user reads.
import { z } from 'zod';
import { digestOf, shortDigest } from '../../../../base/digest.ts';
import { numbersOf } from '../../../../model/container/rights.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import { refusedWith } from '../client.ts';
import { containerName, instanceLabels, label, ours, oursOf } from '../names.ts';
import type { Site } from '../site.ts';
import { secretList } from './shapes.ts';

const made = z.looseObject({ ID: z.string() });

/** As a service's specification wants it. */
export interface SecretFile {
  readonly SecretID: string;
  readonly SecretName: string;
  readonly File: { readonly Name: string; readonly UID: string; readonly GID: string; readonly Mode: number };
}

const place = '/run/secrets';

/** Where each value is, told by the name that images know: `DATABASE_URL_FILE`. */
export function secretPaths({ secrets }: StartRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(secrets).map((name) => [`${name}_FILE`, `${place}/${name}`]));
}

/** Idempotent: one that an earlier call has made is taken. `user`: whose the files are; a name that only the image knows lets everybody inside read. */
export function ensureSecrets(site: Site, request: StartRequest, user: string, signal: AbortSignal): Promise<readonly SecretFile[]> {
  const known = numbersOf(user);
  const owner = known ? { UID: known.uid, GID: known.gid, Mode: 0o400 } : { UID: '0', GID: '0', Mode: 0o444 };
  return Promise.all(
    Object.entries(request.secrets).map(async ([name, value]): Promise<SecretFile> => {
      const SecretName = containerName(site.homeId, shortDigest(digestOf(`${request.id} ${name}`), 32));
      const SecretID = await ensureSecret(site, request, SecretName, value, signal);
      return { SecretID, SecretName, File: { Name: name, ...owner } };
    }),
  );
}

async function ensureSecret(
  site: Site,
  { id, replicaSet }: StartRequest,
  name: string,
  value: string,
  signal: AbortSignal,
): Promise<string> {
  const Labels = instanceLabels(site.homeId, id, replicaSet);
  const json = { Name: name, Labels, Data: Buffer.from(value).toString('base64') };
  try {
    return (await site.engine.json(made, { method: 'POST', path: '/secrets/create', json }, signal)).ID;
  } catch (thrown) {
    if (!refusedWith(thrown, 409)) throw thrown;
    const there = (await listSecrets(site, oursOf(site.homeId, id), signal)).find(({ Spec }) => Spec.Name === name);
    if (!there) throw thrown;
    return there.ID;
  }
}

function listSecrets(site: Site, filters: string, signal: AbortSignal) {
  return site.engine.json(secretList, { method: 'GET', path: '/secrets', query: { filters } }, signal);
}

/** Of services that are no more; the Swarm refuses while a service has one. */
export async function sweepSecrets(site: Site, living: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  for (const { ID, Spec } of await listSecrets(site, ours(site.homeId), signal))
    if (!living.has(Spec.Labels?.[label.instance] ?? ''))
      await site.engine.run({ method: 'DELETE', path: `/secrets/${ID}` }, signal).catch(() => undefined);
}
