// The process driver: instances as plain processes of this machine, each under a launcher that outlives the engine.
import type { Instances } from '../../../ports/instances.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { rotateAll } from './chores.ts';
import { execIn } from './exec.ts';
import { catchUp, catchUpLate } from './launch/haste.ts';
import { lifecycleOf } from './lifecycle.ts';
import { logsOf } from './look/logs.ts';
import { sightAll } from './look/sight.ts';
import { portsOf, usageOf } from './look/usage.ts';
import type { ProcessOptions, Site } from './site.ts';
import { openSite } from './site.ts';

/** Everything optional in the port is there but `listening` and `sight`, which need Linux. `close` stops watching and leaves all running. */
export type ProcessInstances = Instances & Required<Pick<Instances, 'logs' | 'stats' | 'exec'>> & { close(): void };

export function createProcessInstances(options: ProcessOptions): ProcessInstances {
  const site = openSite(options);
  const rotation = options.rotate ?? { bytes: 10_000_000, keep: 3 };
  let rotating: Promise<void> | undefined;
  site.watch.atEveryLook((living) => {
    catchUpLate(site);
    rotating ??= rotateAll(site, living, rotation).finally(() => (rotating = undefined));
  });
  return {
    name: 'process',
    ...lifecycleOf(site),
    logs: (record, how, signal) => logsOf(site, record, how, signal),
    stats: async (records) => usageOf(records),
    exec: (record, command, signal) => execIn(record, command, signal),
    ...(process.platform === 'linux' ? { sight: (requests) => sightAll(site, requests) } : {}),
    ...(process.platform === 'linux' ? { listening: (record) => listeningOf(site, record) } : {}),
    close: () => site.watch.close(),
  };
}

/** Asked for until it is ready: one that listens has started, and stands behind nobody any more. */
async function listeningOf(site: Site, record: InstanceRecord): Promise<readonly number[]> {
  const ports = await portsOf(site, record);
  if (record.address !== undefined && ports.includes(record.address.port)) await catchUp(site, record);
  return ports;
}
