// After an overload ended: how long until it serves as promised again, by itself.
import type { Duration } from '../../../base/units.ts';
import type { LoadWindow, PhaseExhibit } from '../../../model/proving/load.ts';
import type { Slo } from './judge.ts';

export interface Returning {
  /** From the end of the overload to the first of a run of good seconds that nothing interrupted; absent: it did not come back while it was watched. */
  readonly after?: Duration;
  readonly watched: Duration;
}

/** How long it has to stay good for it to count. */
const stable: Duration = 5_000;

/** Windows are judged by the second: fewer requests than that have no percentile. */
const slice: Duration = 1_000;

/** `dropped`: when the overload ended, in milliseconds since the phase's start. */
export function returning(phase: PhaseExhibit, dropped: Duration, slo: Slo): Returning {
  const windows = phase.windows.filter((one) => one.at >= dropped);
  const last = windows.at(-1);
  const watched = last === undefined ? 0 : last.at + phase.windowWidth - dropped;
  const count = Math.floor(watched / slice);
  const good = Array.from({ length: count }, (_, index) =>
    isGood(
      windows.filter((one) => one.at >= dropped + index * slice && one.at < dropped + (index + 1) * slice),
      slo,
    ),
  );
  const needed = stable / slice;
  for (let from = 0; from < count; from += 1) {
    const run = good.slice(from, from + needed);
    if (run.length === needed && run.every(Boolean)) return { after: from * slice, watched };
  }
  return { watched };
}

function isGood(windows: readonly LoadWindow[], slo: Slo): boolean {
  const failed = windows.reduce((sum, one) => sum + one.failed, 0);
  const intended = windows.reduce((sum, one) => sum + one.intended, 0);
  const slow = windows.filter((one) => one.p99 === undefined || one.p99 > slo.p99).length;
  // The highest of few is no p99: one window of five may be slow.
  return intended > 0 && failed <= Math.max(slo.errors, 0.01) * intended && slow <= 1;
}
