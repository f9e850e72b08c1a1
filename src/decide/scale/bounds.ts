// Between which numbers a size may lie now: the manifest's bounds, and minimums that a schedule raises.
import { Cron } from 'croner';
import type { ScaleSpec, ScaleWindow } from '../../model/scale.ts';
import type { ServiceSpec } from '../../model/service.ts';

/** The fewest instances at a moment. */
export function leastAt(spec: ScaleSpec, now: number): number {
  const open = spec.schedule.filter((one) => isOpen(one, now)).map((one) => one.min);
  return Math.min(spec.max, Math.max(spec.min, ...open));
}

/** Whether a beginning lies at most `lasts` ago. Times of the day that a clock change skips or repeats begin once (RFC 5545 has no rule; this is croner's). */
export function isOpen({ cron, timeZone, lasts }: ScaleWindow, now: number): boolean {
  const begin = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(new Date(now - lasts));
  return begin !== null && begin.getTime() <= now;
}

/** The size that a plan gives a service: one that scales keeps the live size, within its bounds, and begins with one at least; any other has what is written. */
export function replicasFor(spec: Pick<ServiceSpec, 'replicas' | 'scale'>, live: number | undefined): number {
  return spec.scale ? clamp(live ?? Math.max(1, spec.replicas), spec.scale) : spec.replicas;
}

export function clamp(replicas: number, { min, max }: Pick<ScaleSpec, 'min' | 'max'>): number {
  return Math.min(max, Math.max(min, replicas));
}
