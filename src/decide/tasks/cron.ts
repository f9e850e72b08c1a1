// When a cron runs: (schedule, up to when it was looked at, what still runs, now) → start, leave out, replace, and when to look again.
//
// Where clocks are changed, every real hour counts once: a time of day that is skipped comes right after the gap, one that is there twice comes
// the first time; `*` in the hour field is each real hour.

import { Cron } from 'croner';
import type { Duration } from '../../base/units.ts';
import type { ScheduleSpec } from '../../model/completion.ts';
import type { Task } from '../../model/task.ts';

export interface CronQuestion {
  readonly schedule: ScheduleSpec;
  /** Times up to and including this moment are dealt with: when the schedule came into force, or the last that was due. */
  readonly since: number;
  /** Runs of this service that have not ended. */
  readonly open: readonly Task[];
  readonly now: number;
}

export interface CronAnswer {
  /** From now on, if anything was due. */
  readonly since?: number;
  /** The moment whose run begins now. */
  readonly start?: number;
  /** Runs that make room for it. */
  readonly replace: readonly Task[];
  /** Moments that were due and have no run, the last one first; `more`: that there were others before. */
  readonly skipped: readonly { readonly at: number; readonly because: string }[];
  readonly more: boolean;
  /** Absent: never again. */
  readonly wakeAt?: number;
}

/** A run that begins this late is still on time: an engine may have been restarted, or been busy. */
export const punctual: Duration = 30_000;
/** Skipped moments that are told one by one. */
const toldSkips = 10;

export function decideCron({ schedule, since, open, now }: CronQuestion): CronAnswer {
  const next = nextAfter(schedule, since);
  if (next === undefined || next > now) return { replace: [], skipped: [], more: false, wakeAt: next };
  const cron = cronOf(schedule);
  const wakeAt = cron.nextRun(new Date(now))?.getTime();
  const due = dueBetween(cron, since, now);
  const [last, ...before] = due;
  if (last === undefined) return { replace: [], skipped: [], more: false, wakeAt };
  const missed = before.slice(0, toldSkips - 1).map((at) => ({ at, because: 'a later run was due as well' }));
  const because = whyNot(schedule, open, now - last);
  return {
    since: last,
    ...(because === undefined && { start: last }),
    replace: because === undefined && schedule.overlap === 'replace' ? open : [],
    skipped: because === undefined ? missed : [{ at: last, because }, ...missed],
    more: due.length > toldSkips,
    wakeAt,
  };
}

/** The last one first. Hardly ever is it more than one: only then is it asked for all that could be told. */
function dueBetween(cron: Cron, since: number, now: number): readonly number[] {
  // A moment that is now belongs to the past only as seen from the next second, which may hold one that is not due yet.
  const before = (most: number) => cron.previousRuns(most, new Date(now + 1_000)).map((one) => one.getTime());
  const few = before(3);
  const runs = few.every((at) => at > since) ? before(toldSkips + 2) : few;
  return runs.filter((at) => at > since && at <= now);
}

/** Asked with every pass, and the same for nearly all of them: calculated once. */
const known = new Map<string, number | undefined>();
const mostKnown = 10_000;

function nextAfter(schedule: ScheduleSpec, since: number): number | undefined {
  const key = `${schedule.cron} ${schedule.timeZone} ${since}`;
  if (known.has(key)) return known.get(key);
  if (known.size >= mostKnown) known.clear();
  const next = cronOf(schedule).nextRun(new Date(since))?.getTime();
  known.set(key, next);
  return next;
}

function cronOf({ cron, timeZone }: ScheduleSpec): Cron {
  return new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });
}

function whyNot({ overlap, missed, startingDeadline }: ScheduleSpec, open: readonly Task[], late: Duration): string | undefined {
  const [running] = open;
  if (late > punctual && missed === 'skip') return `no engine was there at that time (it is ${seconds(late)} late)`;
  if (late > punctual && late > startingDeadline)
    return `it is ${seconds(late)} late, more than its starting deadline of ${seconds(startingDeadline)}`;
  return overlap === 'forbid' && running ? `${running.id} still runs` : undefined;
}

function seconds(ms: Duration): string {
  return `${Math.round(ms / 1000)}s`;
}
