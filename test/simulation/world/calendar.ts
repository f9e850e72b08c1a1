// Which minutes a schedule names, told again from its words and the time zone's clock, and not by the engine's library.
import type { ScheduleSpec } from '../../../src/model/completion.ts';

type When = Pick<ScheduleSpec, 'cron' | 'timeZone'>;

const minute = 60_000;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** The named moments after one and up to another, in order. */
export function namedBetween(when: When, after: number, until: number): readonly number[] {
  const named: number[] = [];
  for (let moment = (Math.floor(after / minute) + 1) * minute; moment <= until; moment += minute)
    if (isNamed(when, moment)) named.push(moment);
  return named;
}

export function isNamed({ cron, timeZone }: When, moment: number): boolean {
  if (moment % minute !== 0) return false;
  const [minutes = '*', hours = '*'] = cron.split(' ');
  const clock = clockOf(timeZone).formatToParts(moment);
  const read = (type: 'minute' | 'hour') => Number(clock.find((one) => one.type === type)?.value);
  return fits(minutes, read('minute')) && fits(hours, read('hour'));
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  clocks.set(timeZone, known);
  return known;
}

function fits(field: string, value: number): boolean {
  if (field === '*') return true;
  return field.startsWith('*/') ? value % Number(field.slice(2)) === 0 : value === Number(field);
}
