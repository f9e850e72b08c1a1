// A service on its course: capacity first, then the share, then waiting at it. And the way back, in the same order.
//
//   grow to the step's size ─ all ready ─► give it its share ─ pause over, verdict passes ─► next step … ─► baking, the old one still warm

import type { Deployment, ServiceRollout, Sizes, Weights } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { TimedSamples } from '../../model/measurement.ts';
import type { TrafficObservation } from '../../model/route.ts';
import type { Census } from '../census.ts';
import type { Course, CourseStep } from './course.ts';
import { baselineOf, keptOf, sizeFor, stepOf } from './course.ts';
import { enter, noteProgress, sameNumbers } from './goal.ts';
import { beginLooking, hasPassed, isInBackground, mayGoUnproven, takeLook } from './judge.ts';
import { handBack, split, weightOf } from './weights.ts';

export interface PaceView {
  readonly census: Census;
  readonly traffic?: TrafficObservation;
  readonly samples?: Readonly<Record<string, readonly TimedSamples[]>>;
  readonly now: number;
}

/** One step of one service on its course. A look at what was measured comes before any share changes. */
export function pace(rollout: ServiceRollout, course: Course, deployment: Deployment, view: PaceView): ServiceRollout {
  const { census, now } = view;
  const sides = sidesOf(rollout);
  if (!sides) return rollout;
  const step = stepOf(course, rollout);
  const looked = isWatched(rollout, step, deployment)
    ? takeLook(rollout, deployment, view.traffic, now, view.samples?.[rollout.service])
    : rollout;
  const begun = withWeights(looked, begin(looked, sides, census));
  const { ready } = census.of(sides.fresh);
  const grown = setBack(noteProgress(begun, sizesOn(begun, course, step, sides, census), ready, now), ready, now);
  if (deployment.held) return grown;
  if (grown.step?.reachedAt === undefined) return reach(grown, step, sides, deployment, view);
  return ready >= step.size && mayGoOn(grown, step, deployment, now) ? goOn(grown, course, deployment, now) : grown;
}

interface Sides {
  readonly old: string;
  readonly oldWanted: number;
  readonly fresh: string;
  /** A part of the old release that the new one is compared with. */
  readonly baseline: string | undefined;
  /** What a superseded deployment left. */
  readonly leftovers: readonly string[];
}

function sidesOf(rollout: ServiceRollout): Sides | undefined {
  const { to, from, sizes } = rollout;
  if (!to || !from) return undefined;
  const [old, fresh, baseline] = [revisionOf(from), revisionOf(to), baselineOf(rollout)];
  const leftovers = Object.keys(sizes).filter((one) => one !== old && one !== fresh && one !== baseline);
  return { old, oldWanted: from.replicas, fresh, baseline, leftovers };
}

/** Before the first share is given, whatever has traffic hands it back to the old release: the course begins from nothing. */
function begin({ weights, step, mostReady }: ServiceRollout, sides: Sides, census: Census): Weights {
  if (step && weights) return weights;
  // One that is ready for the first time had no traffic that it could keep: this is what its first step is for.
  const isNew = weights === undefined && mostReady === 0 && census.of(sides.old).ready > 0;
  const others = othersIn(sides).filter((one) => !(isNew && one === sides.fresh));
  return handBack(weights, sides.old, sides.oldWanted, others, census);
}

function othersIn({ leftovers, fresh, baseline }: Sides): readonly string[] {
  return baseline === undefined ? [...leftovers, fresh] : [...leftovers, fresh, baseline];
}

function sizesOn(rollout: ServiceRollout, course: Course, step: CourseStep, sides: Sides, census: Census): Sizes {
  const { weights, sizes } = rollout;
  const share = weightOf(weights, sides.fresh);
  const kept: Record<string, number> = { ...leaving(sizes, weights, sides.leftovers, census) };
  const old = course.dynamic && share > 0 ? shrunk(weightOf(weights, sides.old), sides.oldWanted) : sides.oldWanted;
  if (old > 0 || !census.gone(sides.old)) kept[sides.old] = old;
  const now = sizes[sides.fresh] ?? 0;
  // Whoever stands in for an old side that does not serve is not sent away when fewer are wanted.
  const missing = Math.max(0, sides.oldWanted - census.of(sides.old).ready);
  kept[sides.fresh] = Math.max(step.size, share > step.weight ? now : Math.min(now, missing));
  return { ...kept, ...baselineSize(rollout, step, sides, census) };
}

/** It keeps its size until its share has become that of the step. */
function baselineSize({ sizes, weights, step: at }: ServiceRollout, step: CourseStep, { baseline }: Sides, census: Census): Sizes {
  if (baseline === undefined) return {};
  const wanted = step.baseline?.size ?? 0;
  const carries = at?.reachedAt === undefined && weightOf(weights, baseline) > 0;
  const size = carries ? Math.max(wanted, sizes[baseline] ?? 0) : wanted;
  return size > 0 || !census.gone(baseline) ? { [baseline]: size } : {};
}

function shrunk(share: number, replicas: number): number {
  return share === 0 ? 0 : sizeFor(share, replicas);
}

/** The share is given once all instances that it takes are ready, and the old side can carry what is left to it. */
function reach(
  rollout: ServiceRollout,
  step: CourseStep,
  sides: Sides,
  deployment: Deployment,
  { census, traffic, now }: PaceView,
): ServiceRollout {
  const left = (rollout.step ? sides.leftovers : othersIn(sides)).some((one) => weightOf(rollout.weights, one) > 0);
  if (left || !isStanding(step, sides, census)) return rollout;
  const compared = sides.baseline === undefined ? {} : { [sides.baseline]: step.baseline?.weight ?? 0 };
  const weights = split(sides.old, { [sides.fresh]: step.weight, ...compared });
  const shared: ServiceRollout = {
    ...withWeights(rollout, weights),
    step: { index: rollout.step?.index ?? 0, reachedAt: now },
    progressAt: now,
  };
  return step.weight > 0 && step.weight < 1 ? beginLooking(shared, deployment, traffic, now) : shared;
}

function isStanding({ size, baseline }: CourseStep, sides: Sides, census: Census): boolean {
  if (census.of(sides.fresh).ready < size) return false;
  return sides.baseline === undefined || census.of(sides.baseline).ready >= (baseline?.size ?? 0);
}

/** An instance that was there is missing: the deadline counts from now, and nothing goes on without it. */
function setBack(rollout: ServiceRollout, ready: number, now: number): ServiceRollout {
  return ready < rollout.mostReady ? { ...rollout, mostReady: ready, progressAt: now } : rollout;
}

/** Both sides have traffic. Where people decide nobody waits for a verdict, but a fail turns round there, too. */
function isWatched({ step, to }: ServiceRollout, { weight, judged }: CourseStep, { held }: Deployment): boolean {
  if (held || step?.reachedAt === undefined || weight === 0 || weight === 1) return false;
  return judged || isInBackground(to?.spec.strategy);
}

function mayGoOn(rollout: ServiceRollout, { pause, judged, patience }: CourseStep, { unwatched }: Deployment, now: number): boolean {
  const { step } = rollout;
  if (step?.promotedBy !== undefined || unwatched) return true;
  const since = step?.reachedAt ?? now;
  if (pause === 'people' || now < since + pause) return false;
  return !judged || hasPassed(rollout) || (patience !== undefined && now >= since + patience && mayGoUnproven(rollout));
}

/** To the next step; to the last one where somebody has waived all steps. */
function goOn(rollout: ServiceRollout, course: Course, { unwatched }: Deployment, now: number): ServiceRollout {
  const next = (rollout.step?.index ?? 0) + 1;
  const index = unwatched ? Math.max(next, course.steps.length - 1) : next;
  if (index < course.steps.length) return { ...rollout, step: { index }, progressAt: now };
  return enter(rollout, 'baking', now);
}

/** The way back of a service whose shares are decided: the old release's capacity, then its traffic, and only then the new one goes. */
export function retreat(rollout: ServiceRollout, census: Census, now: number): ServiceRollout {
  if (!rollout.from) return rollout;
  const home = revisionOf(rollout.from);
  const wanted = rollout.from.replicas;
  const others = Object.keys(rollout.sizes).filter((one) => one !== home);
  const weights = canTake(rollout, home, wanted, others, census)
    ? handBack(rollout.weights, home, wanted, others, census)
    : rollout.weights;
  const kept = keptOf(rollout)?.revision;
  const stays = others.filter((one) => one === kept);
  const sizes = {
    ...leaving(rollout.sizes, weights, others, census),
    ...Object.fromEntries(stays.map((one) => [one, rollout.sizes[one] ?? 0])),
    [home]: wanted,
  };
  const { ready, live } = census.of(home);
  const next = withWeights(noteProgress(rollout, sizes, ready, now), weights ?? { [home]: 1 });
  const over =
    ready >= wanted && live <= wanted && others.every((one) => weightOf(weights, one) === 0 && (one === kept || (sizes[one] ?? 0) === 0));
  return over && next === rollout ? enter(rollout, 'baking', now) : next;
}

/** What has traffic keeps its size; the rest goes, and is listed until it is gone. */
function leaving(sizes: Sizes, weights: Weights | undefined, revisions: readonly string[], census: Census): Sizes {
  return Object.fromEntries(
    revisions.flatMap((one) => {
      const size = weightOf(weights, one) > 0 ? (sizes[one] ?? 0) : 0;
      return size > 0 || !census.gone(one) ? [[one, size]] : [];
    }),
  );
}

/** A blue-green switch goes back as it came: all at once. With nobody to serve on the other side there is nothing to wait for. */
function canTake({ to, weights }: ServiceRollout, home: string, wanted: number, others: readonly string[], census: Census): boolean {
  if (to?.spec.strategy.kind !== 'blue-green' || !weights || census.of(home).ready >= wanted) return true;
  return others.every((one) => weightOf(weights, one) === 0 || census.of(one).ready === 0);
}

function withWeights(rollout: ServiceRollout, weights: Weights): ServiceRollout {
  return rollout.weights && sameNumbers(rollout.weights, weights) ? rollout : { ...rollout, weights };
}
