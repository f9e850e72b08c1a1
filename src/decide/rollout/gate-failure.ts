// A deployment cannot go on because a task that stands before it failed: its release command, its job, a hook.
import type { Deployment } from '../../model/deployment.ts';
import type { Task } from '../../model/task.ts';
import { failedGate } from '../tasks/gates.ts';
import type { Failure } from './failure.ts';

export function gateFailure(deployment: Deployment, tasks: readonly Task[]): Failure | undefined {
  const task = failedGate(deployment, tasks);
  if (!task) return undefined;
  const { service, release, reason, outcome, instance } = task;
  const lost = outcome === 'lost' ? '; what it had done by then stands, and it is not repeated' : '';
  return { reason: `${service}: ${nameOf(task)} of ${release} ${reason}${lost} (${task.id})`, culprit: instance };
}

/** Turned round before anything was begun: it has failed then and there, and nothing is left changed. */
export function endedIfUntouched(before: Deployment, turned: Deployment, now: number): Deployment {
  const untouched = before.services.every((one) => one.stage === 'waiting') && turned.services.every((one) => one.stage === 'settled');
  if (!untouched || turned.outcome || before.abortRequested) return turned;
  return { ...turned, outcome: 'failed', endedAt: now };
}

function nameOf({ purpose, hook }: Task): string {
  if (hook) return `the ${hook.phase} hook`;
  return purpose === 'release' ? 'the release command' : 'the job';
}
