// A storm of restarts: so many ends of a service's instances, by themselves, in so short a time. It is over only when there is nearly none any more.
import { formatDuration } from '../../base/units.ts';

export const storms = { window: 10 * 60_000, begins: 5, ends: 1 } as const;

/** Times of ends that still count. */
export function recent(ends: readonly number[], now: number): readonly number[] {
  return ends.filter((at) => at > now - storms.window);
}

export function isStorm(before: boolean, ends: readonly number[], now: number): boolean {
  const count = recent(ends, now).length;
  return before ? count > storms.ends : count >= storms.begins;
}

export function stormText(ends: readonly number[], now: number): string {
  return `ended by itself ${recent(ends, now).length} times in ${formatDuration(storms.window)}`;
}
