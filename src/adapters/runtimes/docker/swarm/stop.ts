// Ends an instance with its service; what it says until its end is kept.
import { hasCode } from '../../../../base/errors.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { refusedWith } from '../client.ts';
import { keepingOutput } from '../kept.ts';
import type { Site } from '../site.ts';
import { breakOff } from '../starting.ts';
import { findService } from './create.ts';
import { isLost, isOver, lookAtTask } from './look.ts';
import { serviceName } from './names.ts';

const askEvery = 100;

/** SIGTERM, and SIGKILL after the grace that the service was made with; resolves when its task is gone. */
export async function stopOne(site: Site, record: InstanceRecord, signal: AbortSignal): Promise<void> {
  await breakOff(site, record.id);
  const kept = await removeService(site, record, signal);
  for (;;) {
    const { task, nodes } = await lookAtTask(site, record.id, signal);
    if (!task || isOver(task) || isLost(task, { nodes })) return kept();
    await site.clock.sleep(askEvery, signal);
  }
}

export async function forgetOne(site: Site, record: InstanceRecord): Promise<void> {
  site.starts.delete(record.id);
  try {
    await (await removeService(site, record, site.lifetime.signal))();
  } catch (thrown) {
    // Somebody else's service is none of ours to forget.
    if (!hasCode(thrown, 'write_conflict')) throw thrown;
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
