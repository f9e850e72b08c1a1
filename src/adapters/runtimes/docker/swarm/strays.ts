// What is in the Swarm and nobody's any more: services without a record, and networks and secrets without a service.
import type { InstanceRecord } from '../../../../ports/store.ts';
import { label, ours, overlayName, recordFrom } from '../names.ts';
import { networks } from '../shapes.ts';
import type { Site } from '../site.ts';
import { isStarting } from '../site.ts';
import { listServices } from './look.ts';
import { serviceName } from './names.ts';
import { sweepSecrets } from './secrets.ts';

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

async function sweepNetworks(site: Site, used: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const query = { filters: ours(site.homeId) };
  const all = await site.engine.json(networks, { method: 'GET', path: '/networks', query }, signal);
  // Refused while a task that ends is still in it: the next look tries again.
  for (const { Id, Name } of all)
    if (!used.has(Name) && !isStarting(site))
      await site.engine.run({ method: 'DELETE', path: `/networks/${Id}` }, signal).catch(() => undefined);
}
