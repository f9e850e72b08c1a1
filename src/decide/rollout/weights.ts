// Shares of the traffic: who may be given how much. Nobody gets more than what stands ready can carry.

import type { Weights } from '../../model/deployment.ts';
import type { Census } from '../census.ts';

/** All but nothing: shares are sums of fractions. */
const crumb = 1e-9;

/**
 * Gives the traffic back to `home`, as far as its ready instances carry it; the others keep the rest, in the proportion that they have.
 * What `home` has already it keeps, and it gets everything when nobody else is there to take it.
 */
export function handBack(weights: Weights | undefined, home: string, wanted: number, others: readonly string[], census: Census): Weights {
  const carried = wanted === 0 ? 1 : Math.min(1, census.of(home).ready / wanted);
  // A share of a side where nobody is ready is nobody's: whoever follows it would be refused.
  const parts = others.map((one) => {
    const { ready } = census.of(one);
    return weights && ready > 0 ? (weights[one] ?? 0) : ready;
  });
  const sum = parts.reduce((total, one) => total + one, 0);
  const { ready } = census.of(home);
  // Where nobody has decided shares, each has as many parts as instances.
  const has = weights ? (weights[home] ?? 0) : ready / (ready + sum);
  const share = sum === 0 ? 1 : Math.max(has, carried);
  const rest = 1 - share;
  return tidy({
    ...Object.fromEntries(others.map((one, index) => [one, sum === 0 ? 0 : (rest * (parts[index] ?? 0)) / sum])),
    [home]: share,
  });
}

/** The split of a step: what is given to others is taken from the old release. */
export function split(old: string, shares: Weights): Weights {
  const given = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return tidy({ [old]: 1 - given, ...shares });
}

export function weightOf(weights: Weights | undefined, revision: string): number {
  return weights?.[revision] ?? 0;
}

function tidy(weights: Weights): Weights {
  return Object.fromEntries(
    Object.entries(weights).flatMap(([one, share]) =>
      share <= crumb ? [] : [[one, share >= 1 - crumb ? 1 : Math.round(share * 1e9) / 1e9]],
    ),
  );
}
