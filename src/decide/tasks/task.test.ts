// A task step by step: whatever is seen and whenever, it ends, never has more attempts than it may, and is never started beside another.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scope } from '../../../test/kit/specs.ts';
import type { Task } from '../../model/task.ts';
import type { AttemptSeen } from './task.ts';
import { decideTask, outlived } from './task.ts';

function aTask(varied: Partial<Task> = {}): Task {
  return {
    id: 'shop-test-t1',
    number: 1,
    scope,
    runtime: 'fake',
    service: 'api',
    release: 'api@1',
    purpose: 'job',
    action: { kind: 'command' },
    deadline: 1_000,
    retries: 0,
    backoff: 100,
    grace: 10,
    alone: false,
    by: 'user:eva',
    createdAt: 0,
    state: 'waiting',
    attempt: 0,
    notBefore: 0,
    ...varied,
  };
}

const begun: Partial<Task> = { state: 'running', attempt: 1, startedAt: 0, instance: 'i' };
const exited = (exit: Partial<Extract<AttemptSeen, { kind: 'ended' }>['exit']>): AttemptSeen => ({
  kind: 'ended',
  exit: { requested: false, at: 0, ...exit },
});
const webhook: Task['action'] = { kind: 'webhook', url: 'http://127.0.0.1/', body: '{}' };
const unknown: AttemptSeen = { kind: 'unknown' };
const none: AttemptSeen = { kind: 'none' };

describe('a task that runs', () => {
  it.each([
    ['succeeded', exited({ code: 0 })],
    ['failed', exited({ code: 2 })],
    ['failed', exited({ signal: 'SIGKILL', code: 137 })],
    ['failed', exited({ because: 'no such program' })],
    ['lost', exited({})],
  ])('has %s after %j', (outcome, seen) => {
    expect(decideTask(aTask(begun), seen, [], 10)).toMatchObject({ kind: 'settle', task: { state: 'ended', outcome, endedAt: 10 } });
  });

  it('is said to be not delivered where it is a webhook, which nobody starts', () => {
    expect(decideTask(aTask({ ...begun, action: webhook }), exited({ because: 'answered 500' }), [], 10)).toMatchObject({
      task: { reason: 'was not delivered: answered 500' },
    });
  });

  it.each([unknown, none])('is asked for again when it is not known to have come about: %j', (seen) => {
    expect(decideTask(aTask(begun), seen, [], 10)).toEqual({ kind: 'start' });
  });

  it('is stopped at its deadline, and has then timed out, whatever its exit code', () => {
    expect(decideTask(aTask(begun), { kind: 'running' }, [], 999)).toEqual({ kind: 'wait', wakeAt: 1_000 });
    expect(decideTask(aTask(begun), { kind: 'running' }, [], 1_000)).toEqual({ kind: 'stop' });
    const step = decideTask(aTask(begun), exited({ code: 0, requested: true }), [], 1_100);
    expect(step).toMatchObject({ kind: 'settle', task: { outcome: 'timed_out' } });
    const never = decideTask(aTask(begun), exited({ requested: true, because: 'Unschedulable' }), [], 1_100);
    expect(never).toMatchObject({ task: { outcome: 'timed_out', reason: expect.stringMatching(/was stopped; it .*Unschedulable/) } });
  });

  it('that was cancelled is cancelled, even if it ended well', () => {
    const cancelled = aTask({ ...begun, retries: 3, cancelRequested: { by: 'user:eva', at: 5, reason: 'enough' } });
    expect(decideTask(cancelled, { kind: 'running' }, [], 6)).toEqual({ kind: 'stop' });
    expect(decideTask(cancelled, exited({ code: 0, requested: true }), [], 7)).toMatchObject({
      task: { outcome: 'cancelled', reason: 'cancelled by user:eva: enough; it exited with code 0' },
    });
  });

  it('that was cancelled ends at once only where it is certain that it has not begun', () => {
    const cancelled = aTask({ ...begun, cancelRequested: { by: 'engine', at: 5, reason: 'its deployment ended' } });
    expect(decideTask(cancelled, unknown, [], 6)).toEqual({ kind: 'stop' });
    expect(decideTask(cancelled, none, [], 6)).toMatchObject({ kind: 'settle', task: { state: 'ended', outcome: 'cancelled' } });
  });
});

describe('a task that waits', () => {
  it('pauses twice as long before each further attempt', () => {
    const pauses = [1, 2, 3].map((attempt) => {
      const step = decideTask(aTask({ ...begun, attempt, retries: 5 }), exited({ code: 1 }), [], 0);
      return step.kind === 'settle' ? step.task.notBefore : undefined;
    });
    expect(pauses).toEqual([100, 200, 400]);
  });

  it('stays behind an elder of its kind that has not ended, if it is to be alone', () => {
    const elder = aTask({ ...begun, number: 1 });
    const younger = aTask({ number: 2, alone: true });
    expect(decideTask(younger, unknown, [elder, younger], 0)).toEqual({ kind: 'wait' });
    expect(decideTask(younger, unknown, [{ ...elder, service: 'web' }, younger], 0)).toEqual({ kind: 'start' });
    expect(decideTask({ ...younger, alone: false }, unknown, [elder, younger], 0)).toEqual({ kind: 'start' });
  });
});

it('always comes to an end, with no more attempts than it may have', () => {
  const sights = fc.array(
    fc.oneof(
      fc.constant(unknown),
      fc.constant<AttemptSeen>({ kind: 'running' }),
      fc.record({ code: fc.integer({ min: 0, max: 2 }) }).map((exit) => exited(exit)),
      fc.constant(exited({})),
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(sights, fc.nat(3), fc.nat(1_500), (all, retries, pace) => {
      let [task, now] = [aTask({ retries }), 0];
      for (const seen of [...all, ...Array.from({ length: 20 }, () => exited({ code: 1 }))]) {
        now += pace + 100;
        const step = decideTask(task, seen, [task], now);
        if (step.kind === 'wait' && step.wakeAt !== undefined) now = step.wakeAt;
        if (step.kind === 'settle') task = step.task;
        if (step.kind === 'start' && task.state === 'waiting')
          task = { ...task, state: 'running', attempt: task.attempt + 1, startedAt: now };
        expect(task.attempt).toBeLessThanOrEqual(retries + 1);
      }
      expect(task).toMatchObject({ state: 'ended', outcome: expect.any(String) as unknown });
    }),
  );
});

it('keeps the newest of each service and purpose', () => {
  const tasks = Array.from({ length: 30 }, (_, index) =>
    aTask({ number: index, state: index === 0 ? 'running' : 'ended', purpose: index % 2 ? 'job' : 'cron' }),
  );
  expect(outlived(tasks, 10).map((one) => one.number)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
});
