// What the Swarm has of ours: services, their newest tasks, and the nodes on which those are.
import { CodeError } from '../../../../base/errors.ts';
import { refusedWith } from '../client.ts';
import { label, ours, oursOf } from '../names.ts';
import type { Site } from '../site.ts';
import type { Node, Service, Task } from './shapes.ts';
import { engineState, nodes, services, tasks } from './shapes.ts';

export interface Swarm {
  /** By instance. */
  readonly services: ReadonlyMap<string, Service>;
  /** The newest of each instance. */
  readonly tasks: ReadonlyMap<string, Task>;
  /** By id. */
  readonly nodes: ReadonlyMap<string, Node>;
}

/** Errors: `runtime_unavailable`, also where the Engine is no manager of a Swarm. */
export async function lookAtSwarm(site: Site, signal: AbortSignal): Promise<Swarm> {
  const [listed, all, machines] = await asManager(site, () =>
    Promise.all([listServices(site, signal), listTasks(site, signal), listNodes(site, signal)]),
  );
  return {
    services: new Map(listed.flatMap((one) => pairOf(one.Spec.Labels?.[label.instance], one))),
    tasks: newestOf(all),
    nodes: byId(machines),
  };
}

/** Of one instance only, for whoever asks again and again. Errors: as `lookAtSwarm`. */
export async function lookAtTask(site: Site, id: string, signal: AbortSignal): Promise<Pick<Swarm, 'nodes'> & { readonly task?: Task }> {
  const [task, machines] = await asManager(site, () => Promise.all([taskOf(site, id, signal), listNodes(site, signal)]));
  return { nodes: byId(machines), ...(task && { task }) };
}

function byId(machines: readonly Node[]): Swarm['nodes'] {
  return new Map(machines.map((one) => [one.ID, one]));
}

export function listNodes(site: Site, signal: AbortSignal): Promise<readonly Node[]> {
  return site.engine.json(nodes, { method: 'GET', path: '/nodes' }, signal);
}

export function listServices(site: Site, signal: AbortSignal): Promise<readonly Service[]> {
  return site.engine.json(services, { method: 'GET', path: '/services', query: { filters: ours(site.homeId) } }, signal);
}

/** Also those whose service is gone and that have not ended yet. */
function listTasks(site: Site, signal: AbortSignal): Promise<readonly Task[]> {
  return site.engine.json(tasks, { method: 'GET', path: '/tasks', query: { filters: ours(site.homeId) } }, signal);
}

/** Undefined: it has none, or none any more. */
export async function taskOf(site: Site, id: string, signal: AbortSignal): Promise<Task | undefined> {
  const query = { filters: oursOf(site.homeId, id) };
  return newestOf(await site.engine.json(tasks, { method: 'GET', path: '/tasks', query }, signal)).get(id);
}

/** The node that the Engine itself is. Errors: as `lookAtSwarm`. */
export async function ownNode(site: Site, signal: AbortSignal): Promise<string> {
  const { Swarm: state } = await site.engine.json(engineState, { method: 'GET', path: '/info' }, signal);
  if (state?.LocalNodeState === 'active' && state.ControlAvailable === true && state.NodeID) return state.NodeID;
  throw noManager(site);
}

function noManager({ engine }: Site, cause?: unknown): CodeError {
  return new CodeError('runtime_unavailable', `The Docker Engine at ${engine.where} is no manager of a Swarm.`, {
    hint: 'Make it one (docker swarm init, or docker swarm join with the token of a manager), or name a manager with docker_host.',
    cause,
  });
}

async function asManager<T>(site: Site, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw refusedWith(thrown, 406, 503) ? noManager(site, thrown) : thrown;
  }
}

/** Where several are of one instance, the last is what Swarm made of it. */
function newestOf(all: readonly Task[]): ReadonlyMap<string, Task> {
  const sorted = all.toSorted((a, b) => (a.CreatedAt < b.CreatedAt ? -1 : 1));
  return new Map(sorted.flatMap((one) => pairOf(one.Spec.ContainerSpec?.Labels?.[label.instance], one)));
}

function pairOf<T>(id: string | undefined, one: T): readonly (readonly [string, T])[] {
  return id === undefined ? [] : [[id, one]];
}

/** States in which a task is no more, however it ended. */
const over = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned']);

export function isOver({ Status }: Task): boolean {
  return over.has(Status.State);
}

export function isLost(task: Task, { nodes: known }: Pick<Swarm, 'nodes'>): boolean {
  if (!task.NodeID) return false;
  const node = known.get(task.NodeID);
  return node === undefined || node.Status.State === 'down';
}
