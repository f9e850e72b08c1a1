// Waits until every instance takes part: one that failed before is left alone by the gateway for up to half a minute, and a size that lacks it is another.
import type { Clock } from '../../base/clock.ts';
import type { Duration } from '../../base/units.ts';
import type { LoadEngine } from '../load/engine.ts';
import type { ScaleSite } from './site.ts';

/** Longer than any instance is left alone for what it did before. */
const patience: Duration = 45_000;
/** A short look, so light that it is no load. */
const look: Duration = 500;
const each = 20;

/** How long it took; undefined: somebody who is ready answered nobody in all that time. */
export async function untilAllAnswer(
  engine: LoadEngine,
  site: ScaleSite,
  clock: Clock,
  signal: AbortSignal,
): Promise<Duration | undefined> {
  const begun = clock.now();
  const answered = new Set<string>();
  for (;;) {
    const { ready } = await site.look(false, signal);
    const rate = each * Math.max(1, ready.length);
    const { byInstance } = await engine.run({ name: 'join', arrivals: { kind: 'constant', rate }, lasts: look }, signal);
    signal.throwIfAborted();
    for (const [id, { succeeded }] of Object.entries(byInstance)) if (succeeded > 0) answered.add(id);
    if (ready.every((id) => answered.has(id))) return Math.max(0, clock.now() - begun);
    if (clock.now() - begun > patience) return undefined;
  }
}
