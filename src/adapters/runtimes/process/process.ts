// The process driver: instances as plain processes of this machine, each under a launcher that outlives the engine.
import type { Instances } from '../../../ports/instances.ts';
import { rotateAll } from './chores.ts';
import { execIn } from './exec.ts';
import { lifecycleOf } from './lifecycle.ts';
import { logsOf } from './look/logs.ts';
import { portsOf, usageOf } from './look/usage.ts';
import type { ProcessOptions } from './site.ts';
import { openSite } from './site.ts';

/** Everything optional in the port is there but `listening`, which needs Linux. `close` stops watching and leaves all running. */
export type ProcessInstances = Instances & Required<Pick<Instances, 'logs' | 'stats' | 'exec'>> & { close(): void };

export function createProcessInstances(options: ProcessOptions): ProcessInstances {
  const site = openSite(options);
  const rotation = options.rotate ?? { bytes: 10_000_000, keep: 3 };
  let rotating: Promise<void> | undefined;
  site.watch.atEveryLook((living) => {
    rotating ??= rotateAll(site, living, rotation).finally(() => (rotating = undefined));
  });
  return {
    name: 'process',
    ...lifecycleOf(site),
    logs: (record, how, signal) => logsOf(site, record, how, signal),
    stats: async (records) => usageOf(records),
    exec: (record, command, signal) => execIn(record, command, signal),
    ...(process.platform === 'linux' ? { listening: portsOf } : {}),
    close: () => site.watch.close(),
  };
}
