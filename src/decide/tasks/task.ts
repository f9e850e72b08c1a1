// Moves a task: (task, what is seen of its attempt, what else runs, now) → what to do next. Every answer may be given again after a crash.
//
//   waiting ── its time has come, nobody in the way ──► running (attempt n) ── ended well ──► ended
//      ▲                                                   │
//      └──── failed, attempts left: after a pause ─────────┘  failed, none left; cancelled ──► ended
import type { ExitReason } from '../../model/instance.ts';
import type { Task, TaskOutcome } from '../../model/task.ts';
import { exitText } from '../rollout/failure.ts';

/** What became of an attempt. A webhook has no instance: its answer is told as an exit. */
export type AttemptSeen =
  | { readonly kind: 'none' } // it has not begun: ask for it
  | { readonly kind: 'unknown' } // it may not have begun: ask for it again
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly exit: ExitReason };

export type TaskStep =
  | { readonly kind: 'wait'; readonly wakeAt?: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  /** The attempt is over: store this. */
  | { readonly kind: 'settle'; readonly task: Task };

/** The longest pause between two attempts. */
const longestPause = 60 * 60_000;

export function decideTask(task: Task, seen: AttemptSeen, others: readonly Task[], now: number): TaskStep {
  switch (task.state) {
    case 'waiting':
      return decideWaiting(task, others, now);
    case 'running':
      return decideRunning(task, seen, now);
    case 'ended':
      return { kind: 'wait' };
  }
}

function decideWaiting(task: Task, others: readonly Task[], now: number): TaskStep {
  if (task.cancelRequested) return { kind: 'settle', task: endedAs(task, 'cancelled', cancelText(task), now) };
  if (now < task.notBefore) return { kind: 'wait', wakeAt: task.notBefore };
  return task.alone && others.some((one) => isInTheWay(one, task)) ? { kind: 'wait' } : { kind: 'start' };
}

/** Elder ones that have begun; of two that wait, the elder begins. */
function isInTheWay(other: Task, task: Task): boolean {
  if (other.service !== task.service || other.purpose !== task.purpose || other.number === task.number) return false;
  return other.state === 'running' || (other.state === 'waiting' && other.number < task.number);
}

function decideRunning(task: Task, seen: AttemptSeen, now: number): TaskStep {
  if (seen.kind === 'ended') return { kind: 'settle', task: concluded(task, seen, now) };
  const due = (task.startedAt ?? now) + task.deadline;
  if (seen.kind === 'running') return task.cancelRequested || now >= due ? { kind: 'stop' } : { kind: 'wait', wakeAt: due };
  // However long ago it was meant to begin: what did not take place has not taken too long.
  if (!task.cancelRequested) return { kind: 'start' };
  return seen.kind === 'none' ? { kind: 'settle', task: endedAs(task, 'cancelled', cancelText(task), now) } : { kind: 'stop' };
}

function concluded(task: Task, { exit }: Extract<AttemptSeen, { kind: 'ended' }>, now: number): Task {
  const told = { ...task, exit };
  const how = howItEnded(task, exit);
  if (task.cancelRequested) return endedAs(told, 'cancelled', `${cancelText(task)}; it ${how}`, now);
  if (exit.requested && now >= (task.startedAt ?? now) + task.deadline)
    return failedOnce(told, 'timed_out', lateText(task, exit, how), now);
  if (exit.code === 0 && !exit.requested) return endedAs(told, 'succeeded', how, now);
  const known = exit.code !== undefined || exit.signal !== undefined || exit.because !== undefined || exit.outOfMemory === true;
  return failedOnce(told, known ? 'failed' : 'lost', how, now);
}

function howItEnded({ action }: Task, exit: ExitReason): string {
  return action.kind === 'webhook' && exit.because ? `was not delivered: ${exit.because}` : exitText({ exit });
}

/** One that never began says what it waited for. */
function lateText({ deadline }: Task, { because }: ExitReason, how: string): string {
  return `took longer than its deadline of ${deadline / 1000}s and was stopped${because === undefined ? '' : `; it ${how}`}`;
}

function failedOnce(task: Task, outcome: TaskOutcome, reason: string, now: number): Task {
  if (task.attempt > task.retries) return endedAs(task, outcome, reason, now);
  const pause = Math.min(longestPause, task.backoff * 2 ** (task.attempt - 1));
  return { ...task, state: 'waiting', notBefore: now + pause, reason };
}

function endedAs(task: Task, outcome: TaskOutcome, reason: string, now: number): Task {
  return { ...task, state: 'ended', outcome, reason, endedAt: now };
}

function cancelText({ cancelRequested }: Task): string {
  if (!cancelRequested) return 'cancelled';
  return `cancelled by ${cancelRequested.by}${cancelRequested.reason === undefined ? '' : `: ${cancelRequested.reason}`}`;
}

/** Ended tasks that are kept, for each service and purpose. */
export const tasksKept = 20;

/** Those whose time as history is over, given all tasks of a scope. */
export function outlived(tasks: readonly Task[], kept = tasksKept): readonly Task[] {
  const seen = new Map<string, number>();
  return tasks
    .filter((one) => one.state === 'ended')
    .toSorted((a, b) => b.number - a.number)
    .filter(({ service, purpose }) => {
      const key = `${service} ${purpose}`;
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      return count > kept;
    });
}
