// Decides what one instance is to the Swarm: by which name each node knows its image, where it may be placed, and how it is reached there.
import type { StartRequest } from '../../../../ports/instances.ts';
import type { Image } from '../shapes.ts';
import type { Prepared, Site } from '../site.ts';
import { hostSeenInside } from './address.ts';
import { listNodes, ownNode } from './look.ts';
import { ensureSecrets, secretPaths } from './secrets.ts';
import type { Node } from './shapes.ts';
import type { Wish } from './spec.ts';

/** Errors: `runtime_unavailable` where the Engine is no manager of a Swarm. */
export async function wishFor(site: Site, request: StartRequest, image: Image, prepared: Prepared, signal: AbortSignal): Promise<Wish> {
  const { run } = request.replicaSet.release;
  const own = await ownNode(site, signal);
  const nodes = await listNodes(site, signal);
  const several = nodes.length > 1;
  const everywhere = several && run.artifact.kind === 'image' ? nameEverywhere(run.artifact) : undefined;
  // What is on this machine only – an image that no registry has, a volume – is used here.
  const bound = several && (everywhere === undefined || run.volumes.length > 0);
  const host = (several ? routable(nodes.find(({ ID }) => ID === own)) : undefined) ?? (await hostSeenInside(site, signal));
  return {
    image: everywhere ?? image.Id,
    fetched: everywhere !== undefined,
    user: prepared.user,
    environment: { ...prepared.environment, ...secretPaths(request) },
    secrets: await ensureSecrets(site, request, prepared.user, signal),
    hosts: host === undefined ? [] : prepared.names.map((name) => `${host} ${name}`),
    network: prepared.network.name,
    ...(bound ? { only: own } : {}),
    // A port is open to whoever reaches the node: only where there is no other way.
    published: several || site.reach === 'published',
  };
}

/** By its digest at a registry. */
function nameEverywhere(artifact: { readonly pinned?: string; readonly context?: string }): string | undefined {
  return artifact.context === undefined && artifact.pinned?.includes('@') === true ? artifact.pinned : undefined;
}

function routable(node: Node | undefined): string | undefined {
  const address = node?.Status.Addr ?? undefined;
  return address === undefined || /^(?:127\.|0\.|::1$)/.test(address) ? undefined : address;
}
