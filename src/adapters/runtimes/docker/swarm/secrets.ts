// Values of secrets as the Swarm keeps them: never in what a service is asked to be, but in files that only its user reads.
import { z } from 'zod';
import { digestOf, shortDigest } from '../../../../base/digest.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import { refusedWith } from '../client.ts';
import { containerName, instanceLabels, label, ours } from '../names.ts';
import type { Site } from '../site.ts';

const made = z.looseObject({ ID: z.string() });
const listed = z.array(z.looseObject({ ID: z.string(), Spec: z.looseObject({ Name: z.string() }) }));

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
  const [, uid, gid = uid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
  const owner = uid === undefined ? { UID: '0', GID: '0', Mode: 0o444 } : { UID: uid, GID: gid ?? uid, Mode: 0o400 };
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
    const there = (await secretsOf(site, id, signal)).find(({ Spec }) => Spec.Name === name);
    if (!there) throw thrown;
    return there.ID;
  }
}

function secretsOf(site: Site, id: string, signal: AbortSignal) {
  const filters = JSON.stringify({ label: [`${label.home}=${site.homeId}`, `${label.instance}=${id}`] });
  return site.engine.json(listed, { method: 'GET', path: '/secrets', query: { filters } }, signal);
}

/** Of services that are no more; the Swarm refuses while a service has one. */
export async function sweepSecrets(site: Site, living: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const query = { filters: ours(site.homeId) };
  const shape = z.array(z.looseObject({ ID: z.string(), Spec: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }) }));
  const all = await site.engine.json(shape, { method: 'GET', path: '/secrets', query }, signal);
  for (const { ID, Spec } of all)
    if (!living.has(Spec.Labels?.[label.instance] ?? ''))
      await site.engine.run({ method: 'DELETE', path: `/secrets/${ID}` }, signal).catch(() => undefined);
}
