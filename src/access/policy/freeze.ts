// Times at which a principal changes nothing: each week, or once; in UTC.

/** Milliseconds: since the epoch, or since Monday 00:00 of any week. */
export interface FreezeWindow {
  readonly kind: 'once' | 'weekly';
  readonly from: number;
  readonly to: number;
}

const week = 7 * 86_400_000;
/** The first Monday of the epoch. */
const monday = 4 * 86_400_000;
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const weekly = /^([a-z]{3}) (\d\d):(\d\d)-([a-z]{3}) (\d\d):(\d\d)$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z$/;

/** `undefined` for what is no window. */
export function parseFreeze(text: string): FreezeWindow | undefined {
  const match = weekly.exec(text.trim().toLowerCase());
  return match ? everyWeek(match) : once(text.trim());
}

function everyWeek([, day = '', hour = '', minute = '', lastDay = '', lastHour = '', lastMinute = '']: RegExpExecArray) {
  const [from, to] = [inWeek(day, hour, minute), inWeek(lastDay, lastHour, lastMinute)];
  return from === undefined || to === undefined || from === to ? undefined : ({ kind: 'weekly', from, to } as const);
}

function once(text: string): FreezeWindow | undefined {
  const ends = text.split('/');
  const [from = Number.NaN, to = Number.NaN] = ends.map((end) => (instant.test(end) ? Date.parse(end) : Number.NaN));
  return ends.length === 2 && from < to ? { kind: 'once', from, to } : undefined;
}

/** The beginning is in it, the end is not. A week's window may go over Sunday night. */
export function isFrozen({ kind, from, to }: FreezeWindow, now: number): boolean {
  const at = kind === 'once' ? now : (((now - monday) % week) + week) % week;
  return from < to ? at >= from && at < to : at >= from || at < to;
}

function inWeek(day: string, hour: string, minute: string): number | undefined {
  const [index, hours, minutes] = [days.indexOf(day), Number(hour), Number(minute)];
  if (index < 0 || hours > 24 || minutes > 59 || hours * 60 + minutes > 1440) return undefined;
  return (((index * 24 + hours) * 60 + minutes) * 60_000) % week;
}
