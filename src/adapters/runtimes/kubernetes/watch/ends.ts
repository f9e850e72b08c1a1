// How a task's attempt ended, from what the cluster shows of its Job and its pod. Pure.
import type { ExitReason } from '../../../../model/instance.ts';
import type { Job, Pod } from '../shapes.ts';
import { exitOf, timeOf } from './deaths.ts';

/** What stands on a Job of what was done about it. */
export interface Notes {
  readonly requested: boolean;
  readonly because: string | undefined;
}

/** `undefined`: it has not ended, or may still begin. */
export function taskEnd(job: Job, pod: Pod | undefined, { requested, because }: Notes, now: number): ExitReason | undefined {
  const told = { requested, ...(because === undefined ? {} : { because }) };
  const ended = pod && podEnd(pod, now);
  if (ended) return { ...ended, requested };
  if (pod) return undefined;
  // A suspended Job has no pod, and gets none.
  if (job.spec.suspend) return { at: now, ...told, ...(because === undefined && { how: 'was stopped before it began' }) };
  const done = job.status.conditions?.find((one) => one.status === 'True' && (one.type === 'Complete' || one.type === 'Failed'));
  if (!done) return undefined;
  const at = timeOf(done.lastTransitionTime) ?? now;
  if (done.type === 'Complete') return { at, requested, code: 0 };
  return { at, ...told, how: `is gone with its pod (${[done.reason, done.message].filter((one) => one !== undefined).join(': ')})` };
}

/** Of one that was evicted, or never got as far as a container, its pod says why. */
function podEnd({ status }: Pod, now: number): Omit<ExitReason, 'requested'> | undefined {
  if (status.phase !== 'Failed' && status.phase !== 'Succeeded') return undefined;
  const { terminated, running } = status.containerStatuses?.[0]?.state ?? {};
  if (terminated) return exitOf(terminated, timeOf(terminated.finishedAt) ?? now);
  const said = [status.reason, status.message].filter((one) => one !== undefined).join(': ') || 'its pod failed and does not say why';
  return running ? { at: now, how: `ended with its pod (${said})` } : { at: now, because: said };
}
