// How evenly requests fell to instances, beside what pure chance would have done.
import type { Random } from '../../../base/random.ts';
import type { Interval } from './interval.ts';
import { middleOf } from './interval.ts';
import { normalFrom } from './normal.ts';

export interface Evenness {
  /** 1 − ½ Σ |share − wanted|: 1 is exact, 0 is all to whom nothing was due (total variation). */
  readonly accuracy: number;
  /** What a lottery with the wanted odds would reach on average with as many requests: a balancer is not to be told from luck above it. */
  readonly byLot: number;
  readonly of: number;
}

/** `wanted`: odds by the same keys; equal for all when absent. Whoever got nothing has to be named with 0. */
export function evennessOf(counts: Readonly<Record<string, number>>, wanted?: Readonly<Record<string, number>>): Evenness {
  const odds = oddsOf(counts, wanted);
  const of = sum(Object.values(counts));
  // E|s − w| of a nearly normal share: √(2 w (1 − w) / π n).
  const noise = Object.values(odds).map((w) => Math.sqrt((2 * w * (1 - w)) / (Math.PI * Math.max(1, of))));
  return { accuracy: accuracyOf(counts, odds), byLot: 1 - sum(noise) / 2, of };
}

/** By drawing the counts anew, each nearly Poisson around what it was. */
export function evennessInterval(
  counts: Readonly<Record<string, number>>,
  confidence: number,
  random: Random,
  wanted?: Readonly<Record<string, number>>,
): Interval {
  const odds = oddsOf(counts, wanted);
  const drawn = Array.from({ length: 1_000 }, () =>
    accuracyOf(
      Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, Math.max(0, count + Math.sqrt(count) * normalFrom(random))])),
      odds,
    ),
  );
  // Noise only ever moves shares apart, so resamples lie below what they were drawn from: the value itself is always inside.
  const { lower, upper } = middleOf(drawn, confidence);
  const own = accuracyOf(counts, odds);
  return { lower: Math.min(lower, own), upper: Math.max(upper, own) };
}

function oddsOf(counts: Readonly<Record<string, number>>, wanted?: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const keys = Object.keys({ ...counts, ...wanted });
  const total = wanted === undefined ? keys.length : sum(Object.values(wanted));
  return Object.fromEntries(keys.map((key) => [key, (wanted === undefined ? 1 : (wanted[key] ?? 0)) / total]));
}

function accuracyOf(counts: Readonly<Record<string, number>>, odds: Readonly<Record<string, number>>): number {
  const of = sum(Object.values(counts));
  if (of === 0) return 0;
  return 1 - sum(Object.entries(odds).map(([key, w]) => Math.abs((counts[key] ?? 0) / of - w))) / 2;
}

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
