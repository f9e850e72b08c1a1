// The rounds of a scale trial as data: which sizes, in which order, for how long.
import type { Random } from '../../../base/random.ts';
import type { Duration } from '../../../base/units.ts';
import type { StressProfile } from './plan.ts';

export interface ScalePlan {
  /** Replicas of each round, in an order by chance: what warms up or wears out does not look like scaling. */
  readonly rounds: readonly number[];
  readonly lasts: Duration;
  /** Of the closed loop of many users. */
  readonly users: Duration;
  /** How long a size that follows the load is waited for, upwards and downwards. */
  readonly follow: Duration;
}

const byProfile: Readonly<Record<StressProfile, Omit<ScalePlan, 'rounds'> & { readonly repeats: number }>> = {
  smoke: { repeats: 1, lasts: 3_000, users: 5_000, follow: 20_000 },
  quick: { repeats: 1, lasts: 5_000, users: 10_000, follow: 45_000 },
  standard: { repeats: 3, lasts: 15_000, users: 60_000, follow: 180_000 },
  full: { repeats: 3, lasts: 30_000, users: 120_000, follow: 600_000 },
};

export function scalePlan(profile: StressProfile, { from, to }: { readonly from: number; readonly to: number }, random: Random): ScalePlan {
  const { repeats, ...plan } = byProfile[profile];
  const sizes = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const rounds = Array.from({ length: repeats }, () => shuffled(sizes, random)).flat();
  return { ...plan, rounds };
}

/** Fisher and Yates. */
function shuffled(values: readonly number[], random: Random): readonly number[] {
  const mixed = [...values];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const at = random.below(last + 1);
    [mixed[last], mixed[at]] = [mixed[at] ?? 0, mixed[last] ?? 0];
  }
  return mixed;
}
