// Pods as the engine sees instances.
import type { ExitReason, Instance } from '../../../model/instance.ts';
import { annotation } from './objects/names.ts';
import type { Deployment, Job, Pod } from './shapes.ts';
import type { Death } from './watch/deaths.ts';
import { timeOf } from './watch/deaths.ts';
import { taskEnd } from './watch/ends.ts';

export interface PodFacts {
  readonly pod: Pod;
  /** By our clock, when it came while we looked. */
  readonly firstSeen: number;
  readonly deaths: readonly Death[];
  /** Its replica set is taken for ready until its probe has passed. */
  readonly unchecked: boolean;
  /** What the cluster complained of, for a pod that does not say itself why it is not ready. */
  readonly warning?: string;
}

/** A pod, and what ended in it. */
export function instancesOf(facts: PodFacts): readonly Instance[] {
  const { pod, deaths, warning } = facts;
  const shared = {
    replicaSet: pod.metadata.annotations[annotation.replicaSet] ?? '',
    generation: Number(pod.metadata.annotations[annotation.generation] ?? 0),
  };
  const ended = deaths.map(({ id, startedAt, exit }): Instance => {
    // It began no earlier than its pod, as we saw it.
    return {
      ...shared,
      id,
      state: 'exited',
      ready: false,
      startedAt: Math.max(startedAt, facts.firstSeen),
      exit: withWords(exit, warning),
    };
  });
  return [...ended, { ...shared, ...podInstance(facts) }];
}

/** What could not begin has a reason of its own. */
function withWords(exit: ExitReason, said: string | undefined): ExitReason {
  return said === undefined || exit.because !== undefined ? exit : { ...exit, said };
}

type OwnPart = Omit<Instance, 'replicaSet' | 'generation'>;

function podInstance(facts: PodFacts): OwnPart {
  const { pod, firstSeen } = facts;
  const { metadata, spec } = pod;
  const base = { id: metadata.name, startedAt: firstSeen, ready: false, ...(spec.nodeName !== undefined && { node: spec.nodeName }) };
  const exit = endOf(pod, firstSeen);
  if (exit) return { ...base, state: 'exited', exit };
  const placed = { ...base, ...addressOf(pod) };
  if (metadata.deletionTimestamp !== undefined) return { ...placed, state: 'stopping' };
  const drainingAt = drainingSince(pod);
  if (drainingAt !== undefined) return { ...placed, state: 'draining', ready: isReady(pod), drainingAt };
  return { ...placed, ...livingPart(facts) };
}

function addressOf({ metadata, status: { podIP } }: Pod): Pick<Instance, 'address'> {
  const port = Number(metadata.annotations[annotation.port] ?? 0);
  return podIP !== undefined && port > 0 ? { address: { host: podIP, port } } : {};
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/** Of one that is to stay. */
function livingPart({
  pod,
  firstSeen,
  unchecked,
  warning,
}: PodFacts): Pick<Instance, 'state' | 'ready' | 'waitedUntil' | 'readyAt' | 'assumed' | 'unreadyBecause'> {
  const begun = timeOf(pod.status.containerStatuses?.[0]?.state.running?.startedAt);
  const waited = begun === undefined ? {} : { waitedUntil: Math.max(begun, firstSeen) };
  if (isReady(pod)) {
    const since = timeOf(conditionOf(pod, 'Ready')?.lastTransitionTime) ?? firstSeen;
    return { ...waited, state: 'running', ready: true, readyAt: Math.max(firstSeen, since) };
  }
  if (unchecked && begun !== undefined) return { ...waited, state: 'running', ready: true, readyAt: firstSeen, assumed: true };
  const because = unreadyBecause(pod, warning);
  // Who only waits for an image or a node has not begun, and its deadline has not either; one that was refused something has.
  if (because === undefined) return { ...waited, state: begun === undefined ? 'starting' : 'running', ready: false };
  return { ...waited, state: 'running', ready: false, unreadyBecause: because };
}

export function drainingSince(pod: Pod): number | undefined {
  const text = pod.metadata.annotations[annotation.draining];
  return text === undefined ? undefined : Number(text);
}

/** Of a pod that is over as a whole: evicted, or lost with its node. */
function endOf({ status }: Pod, firstSeen: number): ExitReason | undefined {
  if (status.phase !== 'Failed' && status.phase !== 'Succeeded') return undefined;
  const ended = status.containerStatuses?.[0]?.state.terminated;
  const said = [status.reason, status.message].filter((one) => one !== undefined).join(': ');
  return {
    requested: false,
    at: Math.max(firstSeen, timeOf(ended?.finishedAt) ?? firstSeen),
    ...(ended && said === '' ? { code: ended.exitCode } : {}),
    ...(said === '' ? {} : { because: said }),
  };
}

function conditionOf({ status }: Pod, type: string) {
  return status.conditions?.find((one) => one.type === type);
}

/** Normal ways to wait; every other reason is one to tell. */
const patient: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing', '']);

/** What the cluster says, in its words: `ImagePullBackOff: …`. */
export function unreadyBecause(pod: Pod, warning?: string): string | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') return `${scheduled.reason ?? 'Unscheduled'}: ${scheduled.message ?? 'it has no node'}`;
  const [status] = pod.status.containerStatuses ?? [];
  const probed = status && probedBecause(status);
  const told = probed === undefined ? warning : `${probed}${warning === undefined ? '' : ` (${warning})`}`;
  return (status && waitingBecause(status.state)) ?? told;
}

/** Reasons that waiting does not take away: as with any other engine, what cannot be had ends the attempt. */
const hopeless: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ImagePullBackOff',
  'InvalidImageName',
]);

/** Why a task's pod will never begin; `undefined`: it may. */
export function hopelessBecause(pod: Pod | undefined): string | undefined {
  const state = pod?.status.containerStatuses?.[0]?.state;
  return state && hopeless.has(state.waiting?.reason ?? '') ? waitingBecause(state) : undefined;
}

type ContainerStatus = NonNullable<Pod['status']['containerStatuses']>[number];

function waitingBecause({ waiting }: ContainerStatus['state']): string | undefined {
  const { reason = '', message } = waiting ?? {};
  if (patient.has(reason)) return undefined;
  return message === undefined ? reason : `${reason}: ${message}`;
}

function probedBecause({ state, started }: ContainerStatus): string | undefined {
  if (!state.running) return undefined;
  return started === false ? 'its startup probe has not passed yet' : 'its readiness probe does not pass';
}

export interface TaskFacts {
  readonly id: string;
  readonly job: Job;
  readonly pod: Pod | undefined;
  readonly now: number;
}

export function endOfTask(job: Job, pod: Pod | undefined, now: number): ExitReason | undefined {
  const { [annotation.because]: because, [annotation.stopping]: stopping } = job.metadata.annotations;
  return taskEnd(job, pod, { because, requested: stopping !== undefined }, now);
}

/** The instance of a task. */
export function taskInstance({ id, job, pod, now }: TaskFacts): Instance {
  const { annotations, creationTimestamp } = job.metadata;
  const exit = endOfTask(job, pod, now);
  const because = pod && unreadyBecause(pod);
  const base = {
    id,
    replicaSet: annotations[annotation.replicaSet] ?? '',
    generation: 0,
    ready: false,
    task: annotations[annotation.task] ?? '',
    startedAt: timeOf(creationTimestamp) ?? now,
    ...(pod?.spec.nodeName !== undefined && { node: pod.spec.nodeName }),
  };
  if (exit) return { ...base, state: 'exited', exit };
  if (job.spec.suspend || annotations[annotation.stopping] !== undefined) return { ...base, state: 'stopping' };
  return { ...base, state: 'running', ...(because !== undefined && { unreadyBecause: because }) };
}

/** A Deployment that has no pods: it is not forgotten, and if the cluster refuses it any, it says why. */
export function emptyInstance({ metadata, status }: Deployment, now: number): Instance {
  const failure = status.conditions?.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  return {
    id: metadata.name,
    replicaSet: metadata.annotations[annotation.replicaSet] ?? '',
    generation: Number(metadata.annotations[annotation.generation] ?? 0),
    state: 'running',
    ready: false,
    startedAt: timeOf(metadata.creationTimestamp) ?? now,
    unreadyBecause: failure ? `${failure.reason ?? 'ReplicaFailure'}: ${failure.message ?? ''}` : 'the cluster has made no pod yet',
  };
}
