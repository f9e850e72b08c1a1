// Makes the service of an instance, and listens for the moment at which its task runs or has ended.
import { CodeError } from '../../../../base/errors.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { EngineRefusal, refusedWith } from '../client.ts';
import { label } from '../names.ts';
import type { Site } from '../site.ts';
import { notify } from '../site.ts';
import { isOver, taskOf } from './look.ts';
import { serviceName } from './names.ts';
import type { Service } from './shapes.ts';
import { service } from './shapes.ts';
import type { Wish } from './spec.ts';
import { serviceSpec } from './spec.ts';

/** The Swarm tells nobody when a task begins or ends: it is asked, as long as somebody waits for that. */
const askEvery = 100;
const askFor = 60_000;

export function startingRecord({ clock, homeId }: Site, { id, replicaSet }: StartRequest): InstanceRecord {
  const { generation, release } = replicaSet;
  return {
    id,
    replicaSet: replicaSet.id,
    generation,
    state: 'starting',
    ready: false,
    startedAt: clock.now(),
    unreadyBecause: 'waits for its place in the Swarm',
    driver: 'swarm',
    handle: { service: serviceName(homeId, id), port: release.run.port },
  };
}

/** The service of an instance; undefined when there is none. Errors: `write_conflict` when it is somebody else's. */
export async function findService(site: Site, id: string, signal: AbortSignal): Promise<Service | undefined> {
  const name = serviceName(site.homeId, id);
  try {
    const found = await site.engine.json(service, { method: 'GET', path: `/services/${name}` }, signal);
    const { Labels } = found.Spec;
    if (Labels?.[label.home] === site.homeId && Labels[label.instance] === id) return found;
  } catch (thrown) {
    if (refusedWith(thrown, 404)) return undefined;
    throw thrown;
  }
  throw notOurs(name);
}

/** `login`: what the Swarm hands to the node that fetches the image. Errors: `write_conflict`, `runtime_unavailable`, `input_invalid`. */
export async function createService(
  site: Site,
  request: StartRequest,
  wish: Wish,
  login: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<InstanceRecord> {
  const json = serviceSpec(site, request, wish);
  try {
    await site.engine.run({ method: 'POST', path: '/services/create', json, headers: login }, signal);
  } catch (thrown) {
    // Asked for by an earlier call whose answer was lost: it is there.
    const mine = refusedWith(thrown, 409) ? await findService(site, request.id, signal) : undefined;
    if (!mine) throw explained(thrown, request);
  }
  void heed(site, request.id, 'running');
  return startingRecord(site, request);
}

/** Has it looked at when its task runs, or has ended. */
export async function heed(site: Site, id: string, until: 'running' | 'over'): Promise<void> {
  const { signal } = site.lifetime;
  const deadline = site.clock.now() + askFor;
  try {
    while (site.clock.now() < deadline) {
      const task = await taskOf(site, id, signal);
      if (task && (isOver(task) || (until === 'running' && task.Status.State === 'running'))) return notify(site, id);
      await site.clock.sleep(askEvery, signal);
    }
  } catch {
    // Whoever looks next is told why the Engine cannot be asked.
  }
}

function notOurs(name: string): CodeError {
  return new CodeError('write_conflict', `A service named ${name} is there already, and it is not ours.`, {
    hint: `Remove it (docker service rm ${name}) if nobody needs it; codectl leaves it alone.`,
  });
}

function explained(thrown: unknown, { replicaSet }: StartRequest): unknown {
  if (!(thrown instanceof EngineRefusal)) return thrown;
  const { service: name } = replicaSet.release;
  if (thrown.status === 400)
    return new CodeError('input_invalid', `The Swarm does not take ${name} as it is: ${thrown.reason}.`, {
      hint: `Correct services.${name} in the manifest.`,
      cause: thrown,
    });
  return new CodeError('runtime_unavailable', `The Swarm refused to create ${name}: ${thrown.reason}.`, {
    hint: 'Look at the log of the Docker Engine, and at docker node ls.',
    cause: thrown,
  });
}
