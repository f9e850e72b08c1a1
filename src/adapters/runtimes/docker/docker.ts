// The Docker driver: instances as containers of one Engine, asked over its API, found again by their labels.
import type { Instances } from '../../../ports/instances.ts';
import { changesOf } from './events.ts';
import { execIn } from './exec.ts';
import { imagesOf } from './images/port.ts';
import { lifecycleOf } from './lifecycle.ts';
import { logsOf } from './look/logs.ts';
import { sightAll } from './look/sight.ts';
import { portsOf, usageOf } from './look/usage.ts';
import type { DockerOptions } from './site.ts';
import { notify, openSite } from './site.ts';

/** `close` stops listening and leaves all running. */
export type DockerInstances = Instances & { close(): void };

/** Opens nothing before it is asked: an Engine that is not there is told to whoever wants to use it. */
export function createDockerInstances(options: DockerOptions): DockerInstances {
  const site = openSite(options);
  return {
    name: 'docker',
    ...lifecycleOf(site),
    ...imagesOf(site),
    onChange: changesOf(site, (instance) => notify(site, instance)),
    logs: (record, how, signal) => logsOf(site, record, how, signal),
    // A published port is another one than the container's own.
    ...(options.reach === 'address' ? { listening: portsOf } : {}),
    stats: (records) => usageOf(site, records),
    exec: (record, command, signal) => execIn(site, record, command, signal),
    ...(process.platform === 'linux' ? { sight: (requests) => sightAll(site, requests) } : {}),
    close: () => site.lifetime.abort(),
  };
}
