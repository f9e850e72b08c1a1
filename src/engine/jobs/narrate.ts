// What is told of tasks as events; one line each, which names the service, the command and what came of it.
import type { NewEvent } from '../../model/event.ts';
import type { Task } from '../../model/task.ts';

export function taskEvent(kind: 'task.started' | 'task.retried' | 'task.ended', task: Task, at: number): NewEvent {
  const { id, scope, service, release, deployment, instance, purpose, attempt, outcome, lastLog } = task;
  return {
    at,
    kind,
    ...scope,
    service,
    release,
    deployment,
    instance,
    message: `${service}: ${messageOf(kind, task)}`,
    facts: { task: id, purpose, attempt, ...(outcome && { outcome }), ...(lastLog && { log: lastLog }) },
  };
}

function messageOf(kind: 'task.started' | 'task.retried' | 'task.ended', task: Task): string {
  const name = taskName(task);
  switch (kind) {
    case 'task.started':
      return `${name} was started${task.attempt > 1 ? ` (attempt ${task.attempt})` : ''}`;
    case 'task.retried':
      return `${name} ${task.reason}; attempt ${task.attempt + 1} of ${task.retries + 1} follows`;
    case 'task.ended':
      return task.outcome === 'succeeded' ? `${name} succeeded` : `${name} ${(task.outcome ?? '').replace('_', ' ')}: ${task.reason}`;
  }
}

/** `the release command`, `the after_deploy hook`, `the cron run of 2026-11-23T03:00:00.000Z`. */
export function taskName({ purpose, hook, scheduledAt, id }: Task): string {
  if (hook) return `the ${hook.phase} hook (${id})`;
  if (scheduledAt !== undefined) return `the run of ${new Date(scheduledAt).toISOString()} (${id})`;
  return (
    { release: 'the release command', job: 'the job', cron: 'the run', command: 'the command', hook: 'the hook' }[purpose] + ` (${id})`
  );
}
