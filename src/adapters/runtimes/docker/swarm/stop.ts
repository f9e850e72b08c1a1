// Ends an instance with its service, and drops what is left: output is kept first, networks go when nobody of their application is left.
import type { InstanceRecord } from '../../../../ports/store.ts';
import { refusedWith } from '../client.ts';
import { keepingOutput } from '../kept.ts';
import { label, ours, overlayName, recordFrom } from '../names.ts';
import { networks } from '../shapes.ts';
import type { Site } from '../site.ts';
import { breakOff } from '../starting.ts';
import { findService } from './create.ts';
import { isLost, isOver, listServices, lookAtSwarm } from './look.ts';
import { serviceName } from './names.ts';
import { sweepSecrets } from './secrets.ts';

const askEvery = 100;

/** SIGTERM, and SIGKILL after the grace that the service was made with; resolves when its task is gone. */
export async function stopOne(site: Site, record: InstanceRecord, signal: AbortSignal): Promise<void> {
  await breakOff(site, record.id);
  const kept = await removeService(site, record, signal);
  for (;;) {
    const swarm = await lookAtSwarm(site, signal);
    const task = swarm.tasks.get(record.id);
    if (!task || isOver(task) || isLost(task, swarm)) return kept();
    await site.clock.sleep(askEvery, signal);
  }
}

export async function forgetOne(site: Site, record: InstanceRecord): Promise<void> {
  site.starts.delete(record.id);
  try {
    await (await removeService(site, record, site.lifetime.signal))();
  } catch (thrown) {
    // Somebody else's service is none of ours to forget.
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'write_conflict')) throw thrown;
  }
}

/** Idempotent. To be called once it has ended: then its output is written. */
async function removeService(site: Site, { id, handle }: InstanceRecord, signal: AbortSignal): Promise<() => Promise<void>> {
  if (!(await findService(site, id, signal))) return async () => undefined;
  const path = `/services/${serviceName(site.homeId, id)}`;
  const { container } = handle;
  // Of a service the Swarm tells nothing any more once it is removed; a container of this Engine can be heard to its end.
  const near = typeof container === 'string';
  const kept = await keepingOutput(site, id, near ? `/containers/${container}/logs` : `${path}/logs`, near);
  try {
    await site.engine.run({ method: 'DELETE', path }, signal);
  } catch (thrown) {
    if (!refusedWith(thrown, 404)) throw thrown;
  }
  return kept;
}

/** Services of this home that nobody has a record of. What services leave goes here, too: the Swarm holds on to it while a task ends. */
export async function straysOf(site: Site, known: ReadonlySet<string>, signal: AbortSignal): Promise<readonly InstanceRecord[]> {
  const listed = await listServices(site, signal).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
  if (!listed) return [];
  const labels = listed.map(({ CreatedAt, Spec }) => ({ all: Spec.Labels ?? {}, at: Date.parse(CreatedAt) }));
  // What is about to start needs its network and its secrets a moment later.
  if (!isStarting(site)) {
    const networksUsed = new Set(labels.map(({ all }) => networkOf(site, all)));
    const living = new Set(labels.map(({ all }) => all[label.instance] ?? ''));
    await Promise.allSettled([sweepNetworks(site, networksUsed, signal), sweepSecrets(site, living, signal)]);
  }
  return labels.flatMap(({ all, at }) => {
    const id = all[label.instance];
    if (id === undefined || known.has(id) || site.starts.has(id)) return [];
    return [recordFrom(all, at, { service: serviceName(site.homeId, id) }, 'swarm')];
  });
}

function networkOf({ homeId }: Site, labels: Readonly<Record<string, string>>): string {
  const { [label.application]: application = '', [label.environment]: environment = '' } = labels;
  return overlayName(homeId, { application, environment });
}

function isStarting({ starts }: Site): boolean {
  return [...starts.values()].some(({ running, failure }) => !running && !failure);
}

async function sweepNetworks(site: Site, used: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const query = { filters: ours(site.homeId) };
  const all = await site.engine.json(networks, { method: 'GET', path: '/networks', query }, signal);
  // Refused while a task that ends is still in it: the next look tries again.
  for (const { Id, Name } of all)
    if (!used.has(Name) && !isStarting(site))
      await site.engine.run({ method: 'DELETE', path: `/networks/${Id}` }, signal).catch(() => undefined);
}
