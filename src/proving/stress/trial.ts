// A stress trial with everything that it takes, opened and closed again.
import { systemClock } from '../../base/clock.ts';
import type { StopLimits } from '../../decide/prove/stress/stop.ts';
import type { LoadEngine } from '../load/engine.ts';
import { glanceText } from './show.ts';
import { Steps } from './steps.ts';
import type { StressMeans, StressOutcome, StressWish } from './stress.ts';
import { stress } from './stress.ts';
import type { Usage } from './watchman.ts';
import { Watchman } from './watchman.ts';

export interface StressSite extends Omit<StressMeans, 'steps'> {
  /** Closed when the trial is over. */
  readonly engine: LoadEngine;
  readonly limits: StopLimits;
  /** On the disk that is watched. */
  readonly home: string;
  readonly usage: () => Promise<Usage>;
  /** How it goes just now. */
  readonly glance: (line: string) => void;
}

export interface StressTrial {
  readonly outcome: StressOutcome;
  readonly steps: Steps;
}

export async function stressTrial(wish: StressWish, site: StressSite): Promise<StressTrial> {
  const { engine, limits, home, usage, glance, directory, signal } = site;
  const watchman = new Watchman({ limits, clock: systemClock, directory: home, usage });
  const show = (name: string, ...[phase, seen]: [Parameters<typeof glanceText>[1], Parameters<typeof glanceText>[2]]) =>
    glance(glanceText(name, phase, seen));
  const steps = new Steps({ engine, watchman, clock: systemClock, directory, signal, glance: show });
  try {
    return { outcome: await stress(wish, { ...site, steps }), steps };
  } finally {
    await Promise.all([engine.close(), watchman.end()]);
  }
}
