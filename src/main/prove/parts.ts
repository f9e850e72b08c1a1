// Which processes this engine is made of: what a trial may kill to see what becomes of it.
import { GatewayKeeper } from '../../adapters/traffic/gateway/keeper.ts';
import { placesIn } from '../../adapters/traffic/gateway/places.ts';
import type { EnginePart, EngineParts } from '../../operations/services.ts';
import type { ProcessIdentity } from '../../platform/process/identity.ts';
import { identityOf } from '../../platform/process/identity.ts';
import type { Home } from '../home.ts';

/** Of the daemon that calls it. */
export async function partsOf({ root, gateway }: Home): Promise<EngineParts> {
  const standing = await Promise.all(placesIn(gateway).map((directory) => new GatewayKeeper(directory, []).standing()));
  return {
    home: root,
    daemon: partOf(identityOf(process.pid) ?? { pid: process.pid, startTime: '', bootId: '' }),
    gateway: standing.flatMap((one) => (one ? [partOf(one.identity)] : [])),
  };
}

function partOf({ pid, startTime }: ProcessIdentity): EnginePart {
  return { pid, started: startTime };
}
