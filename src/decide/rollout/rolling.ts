// The arithmetic of a rolling update: how large each revision may be next, so that capacity never falls under the promised floor.
//
//   ceiling = wanted + surge         live instances never exceed it while going forward
//   floor   = wanted - unavailable   ready instances never fall under it by our own doing
//
// The bounds are those of a Kubernetes Deployment (apps/v1, maxSurge and maxUnavailable, in absolute numbers).
import type { Sizes } from '../../model/deployment.ts';
import type { Census } from '../census.ts';

export interface RollingGoal {
  /** The revision that is to be the only one; absent when the service is to be removed. */
  readonly revision?: string;
  readonly wanted: number;
  readonly surge: number;
  readonly unavailable: number;
  /** Full capacity at once, whatever the ceiling: what a revert does. */
  readonly capacityFirst: boolean;
  /** Nothing of it begins before the last instance of the others is gone. */
  readonly oldFirst?: boolean;
}

/** The next sizes; equal to `decided` when nothing may move yet. Ended sets disappear from the answer once their last instance is gone. */
export function nextSizes(decided: Sizes, goal: RollingGoal, census: Census): Sizes {
  const others = Object.keys(decided).filter((revision) => revision !== goal.revision);
  const sizes = keep(decided, goal, others, census);
  const grown = grow(sizes, goal, others, census);
  const shrunk =
    goal.revision === undefined ? Object.fromEntries(others.map((one) => [one, 0])) : shrink(sizes, grown, goal, others, census);
  const result: Record<string, number> = {};
  for (const revision of others) {
    const size = shrunk[revision] ?? 0;
    if (size > 0 || !census.gone(revision)) result[revision] = size;
  }
  if (goal.revision !== undefined) result[goal.revision] = grown;
  return result;
}

/**
 * Who was to go and still serves stays where too few would be left, as far as the ceiling lets it: a deployment that was superseded before it had
 * sent them away may have been content with fewer than the one that takes over its sizes.
 */
function keep(
  sizes: Sizes,
  { revision, wanted, surge, unavailable, oldFirst }: RollingGoal,
  others: readonly string[],
  census: Census,
): Sizes {
  if (revision === undefined || oldFirst) return sizes;
  const all = [...others, revision];
  const serving = sum(all.map((one) => Math.min(census.of(one).ready, sizes[one] ?? 0)));
  let missing = Math.min(wanted - unavailable - serving, wanted + surge - sum(all.map((one) => sizes[one] ?? 0)));
  const kept: Record<string, number> = { ...sizes };
  for (const one of others) {
    const size = sizes[one] ?? 0;
    const more = Math.max(0, Math.min(missing, census.of(one).ready - size));
    kept[one] = size + more;
    missing -= more;
  }
  return kept;
}

/** The new size of the goal's revision. */
function grow(sizes: Sizes, goal: RollingGoal, others: readonly string[], census: Census): number {
  const now = goal.revision === undefined ? 0 : (sizes[goal.revision] ?? 0);
  if (goal.oldFirst && others.some((one) => (sizes[one] ?? 0) > 0 || !census.gone(one))) return now;
  if (goal.capacityFirst || others.length === 0) return goal.wanted;
  const room = goal.wanted + goal.surge - sum(others.map((one) => sizes[one] ?? 0));
  return Math.min(goal.wanted, Math.max(now, room));
}

/** The new sizes of the others: first those that serve nobody, then ready ones as far as the floor allows. */
function shrink(sizes: Sizes, grown: number, goal: RollingGoal, others: readonly string[], census: Census): Record<string, number> {
  const ready = goal.revision === undefined ? 0 : census.of(goal.revision).ready;
  const floor = goal.wanted - (goal.capacityFirst ? 0 : goal.unavailable);
  const result: Record<string, number> = Object.fromEntries(others.map((one) => [one, sizes[one] ?? 0]));
  const readyOthers = sum(others.map((one) => Math.min(census.of(one).ready, result[one] ?? 0)));

  // What may go at all: instances of the goal that are not ready yet still need somebody to stand in for them.
  let removable = Math.max(0, sum(Object.values(result)) + Math.min(ready, grown) - floor);
  for (const revision of others) {
    const size = result[revision] ?? 0;
    const idle = Math.min(removable, Math.max(0, size - census.of(revision).ready));
    result[revision] = size - idle;
    removable -= idle;
  }
  let spare = Math.min(removable, Math.max(0, Math.min(ready, grown) + readyOthers - floor));
  for (const revision of others) {
    const size = result[revision] ?? 0;
    const cut = Math.min(spare, size);
    result[revision] = size - cut;
    spare -= cut;
  }
  return result;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
