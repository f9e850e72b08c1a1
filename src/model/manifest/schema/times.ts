// Times of the calendar as the manifest says them: cron fields, and the time zone in which they are meant.
import { CronPattern } from 'croner';
import { text } from './words.ts';

export const timeZone = text('a time zone', 'Europe/Berlin', /^[A-Za-z][A-Za-z0-9_+\-/]{0,60}$/, (given) =>
  isTimeZone(given) ? given : undefined,
);

export const cron = text('five cron fields (minute, hour, day, month, day of the week)', '0 8 * * MON-FRI', /^\S+( +\S+){4}$/, (given) =>
  isCron(given) ? given : undefined,
);

function isCron(pattern: string): boolean {
  try {
    return new CronPattern(pattern, undefined, { mode: '5-part' }).minute.length > 0;
  } catch {
    return false;
  }
}

/** Aliases such as `Asia/Kolkata` are time zones, too, though no list has them. */
function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
