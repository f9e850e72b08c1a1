// One network for each application and environment: its instances see each other, and nobody else's.
import { CodeError } from '../../../../base/errors.ts';
import type { Scope } from '../../../../model/instance.ts';
import { refusedWith } from '../client.ts';
import { belongsTo, networkName, overlayName, scopeLabels } from '../names.ts';
import { network } from '../shapes.ts';
import type { Network, Site } from '../site.ts';

/** Idempotent. Errors: `write_conflict` for one of this name that is not this application's, `runtime_unavailable` when no addresses are left. */
export function ensureNetwork(site: Site, scope: Scope): Promise<Network> {
  const name = (site.swarm ? overlayName : networkName)(site.homeId, scope);
  const under = site.networks.get(name) ?? findOrMake(site, name, scope, site.lifetime.signal).finally(() => site.networks.delete(name));
  site.networks.set(name, under);
  return under;
}

async function findOrMake(site: Site, name: string, scope: Scope, signal: AbortSignal): Promise<Network> {
  const there = await find(site, name, scope, signal);
  if (there) return there;
  const json = { Name: name, Driver: site.swarm ? 'overlay' : 'bridge', CheckDuplicate: true, Labels: scopeLabels(site.homeId, scope) };
  try {
    await site.engine.run({ method: 'POST', path: '/networks/create', json }, signal);
  } catch (thrown) {
    if (refusedWith(thrown, 500, 400) && /address pool/.test(thrown.reason))
      throw new CodeError('runtime_unavailable', `The Docker Engine has no addresses left for the network ${name}.`, {
        hint: 'Remove networks that nobody uses (docker network prune), or give the Engine larger default-address-pools.',
        cause: thrown,
      });
    // Another start was first.
    if (!refusedWith(thrown, 409)) throw thrown;
  }
  const made = await find(site, name, scope, signal);
  if (made) return made;
  throw new CodeError('runtime_unavailable', `The network ${name} is gone as soon as it was made.`, { hint: 'Deploy again.' });
}

async function find(site: Site, name: string, scope: Scope, signal: AbortSignal): Promise<Network | undefined> {
  try {
    const found = await site.engine.json(network, { method: 'GET', path: `/networks/${name}` }, signal);
    if (belongsTo(found.Labels, site.homeId, scope)) return { name, gateway: found.IPAM?.Config?.[0]?.Gateway ?? undefined };
  } catch (thrown) {
    if (refusedWith(thrown, 404)) return undefined;
    throw thrown;
  }
  throw new CodeError('write_conflict', `A network named ${name} is there already, and it is not this application's.`, {
    hint: `Remove it (docker network rm ${name}); codectl leaves it alone.`,
  });
}

/** After its last container: the Engine refuses while somebody is still in it. */
export async function dropNetwork(site: Site, scope: Scope, signal: AbortSignal): Promise<void> {
  const name = networkName(site.homeId, scope);
  try {
    if (await find(site, name, scope, signal)) await site.engine.run({ method: 'DELETE', path: `/networks/${name}` }, signal);
  } catch (thrown) {
    if (!refusedWith(thrown, 403, 404, 409)) throw thrown;
  }
}
