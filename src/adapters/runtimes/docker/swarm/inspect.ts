// What has become of instances: three questions to the Swarm for all of them, more only about one that begins or ends.
import type { ExitReason } from '../../../../model/instance.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { endOf, exited, exitOf, isRequested, lookById, neverBegan } from '../inspect.ts';
import type { Site } from '../site.ts';
import { addressOf } from './address.ts';
import type { Swarm } from './look.ts';
import { isLost, isOver, lookAtSwarm } from './look.ts';
import type { Task } from './shapes.ts';

/** Nobody is left waiting for a place that there is not. */
const longestWait = 15_000;
/** A node that was chosen and does not answer is found dead by the Swarm, after three missed beats of 5 s; so long its choice stands. */
const longestSilence = 45_000;

/** Errors: `runtime_unavailable` – a Swarm that cannot be asked says nothing of instances, least of all that they ended. */
export async function inspectAll(site: Site, records: readonly InstanceRecord[], signal: AbortSignal): Promise<readonly InstanceRecord[]> {
  if (records.length === 0) return [];
  const swarm = await lookAtSwarm(site, signal);
  return Promise.all(records.map((record) => inspectOne(site, swarm, record, signal)));
}

async function inspectOne(site: Site, swarm: Swarm, record: InstanceRecord, signal: AbortSignal): Promise<InstanceRecord> {
  if (record.state === 'exited') return record;
  const begun = site.starts.get(record.id);
  if (begun?.failure) return exited(record, neverBegan(begun.failure, begun.abort.signal.aborted, site.clock.now()));
  if (begun && !begun.running) return record;
  const task = swarm.tasks.get(record.id);
  const exit = task ? await exitOfTask(site, swarm, record, task, signal) : exitWithout(site, swarm, record);
  if (exit) return exited(record, exit);
  return task?.Status.State === 'running' && record.state === 'starting' ? running(site, swarm, record, task, signal) : record;
}

/** The place of one whose port is not open yet is not known yet: it is still starting. */
async function running(site: Site, swarm: Swarm, record: InstanceRecord, task: Task, signal: AbortSignal): Promise<InstanceRecord> {
  const { port } = record.handle;
  const place = await addressOf(site, swarm, task, typeof port === 'number' ? port : undefined, signal);
  if (!place) return record;
  const { address, container, pid } = place;
  return {
    ...record,
    state: 'running',
    address,
    pid,
    node: nodeOf(swarm, task),
    unreadyBecause: undefined,
    handle: { ...record.handle, ...(container === undefined ? {} : { container }) },
  };
}

/** Its service was made a moment ago, was never made, or is gone. */
function exitWithout(site: Site, { services }: Swarm, record: InstanceRecord): ExitReason | undefined {
  const requested = isRequested(record);
  const at = site.clock.now();
  if (!services.has(record.id)) {
    if (record.state !== 'starting') return { ...(requested ? {} : { how: 'was removed from the Swarm' }), requested, at };
    return { because: 'the engine was restarted before it was started', requested: true, at };
  }
  if (record.state !== 'starting') return { requested, at, ...(requested ? {} : { how: 'is no longer known to the Swarm' }) };
  return at - record.startedAt > longestWait ? { because: 'the Swarm has made no task of it', requested, at } : undefined;
}

async function exitOfTask(
  site: Site,
  swarm: Swarm,
  record: InstanceRecord,
  task: Task,
  signal: AbortSignal,
): Promise<ExitReason | undefined> {
  const requested = isRequested(record);
  const at = site.clock.now();
  if (isOver(task)) return { ...(await endingOf(site, task, signal)), requested };
  // One that never ran there says nothing of its release: it is replaced as if nobody had begun it.
  if (isLost(task, swarm))
    return { how: `was lost with its node ${nodeOf(swarm, task) ?? ''}`, requested: requested || record.state === 'starting', at };
  // Somebody else ends it – its node is drained, its service was removed: it takes its place no longer.
  if (!requested && isLeaving(task)) return { how: 'was told to end by the Swarm', requested, at };
  return record.state === 'starting' ? exitOfWaiting(swarm, task, at - record.startedAt, { requested, at }) : undefined;
}

/** What waits for a node, or for the answer of the one that was chosen. */
function exitOfWaiting(swarm: Swarm, task: Task, waited: number, told: Pick<ExitReason, 'requested' | 'at'>): ExitReason | undefined {
  const { State, Err } = task.Status;
  if ((State === 'new' || State === 'pending') && waited > longestWait)
    return { ...told, because: `the Swarm has no place for it: ${Err || State}` };
  if (State === 'assigned' && waited > longestSilence)
    return { ...told, because: `the node ${nodeOf(swarm, task) ?? ''}, which the Swarm has chosen for it, does not answer` };
  return undefined;
}

async function endingOf(site: Site, { Status }: Task, signal: AbortSignal): Promise<Omit<ExitReason, 'requested'>> {
  const { Err, Timestamp, ContainerStatus } = Status;
  const container = ContainerStatus?.ContainerID;
  const found = container ? await lookById(site, container, signal) : undefined;
  if (found) return exitOf(found, site.clock.now());
  const at = Date.parse(Timestamp) || site.clock.now();
  const said = Err ?? '';
  if (said !== '' && !/non-zero exit/.test(said)) return { because: said, at };
  const code = ContainerStatus?.ExitCode;
  return { ...(typeof code === 'number' ? endOf(code) : {}), at };
}

function isLeaving({ DesiredState }: Task): boolean {
  return DesiredState === 'shutdown' || DesiredState === 'remove';
}

function nodeOf({ nodes }: Swarm, { NodeID }: Task): string | undefined {
  const node = NodeID ? nodes.get(NodeID) : undefined;
  return node?.Description?.Hostname ?? NodeID ?? undefined;
}
