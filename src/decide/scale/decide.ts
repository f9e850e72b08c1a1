// Decides the size of one service: (what is measured, what was asked for before, now) → the size, and why in words.
//
//   readings ─ each asks for a number ─► the largest ─► windows ─► rates ─► bounds ─► pause
//
// A source that fails holds: the size may still grow by what the others ask for, but it never shrinks. While a rollout moves the
// service it only grows, so that the two never pull against each other.
import { formatDuration } from '../../base/units.ts';
import type { ScalePause, ScaleReading, ScaleSpec } from '../../model/scale.ts';
import { clamp, leastAt } from './bounds.ts';
import type { ScaleMemory } from './pace.ts';
import { noteAsked, reachable, stabilised } from './pace.ts';
import type { Reading, Sizing } from './recommend.ts';
import { measured, recommend } from './recommend.ts';

export interface ScaleQuestion {
  readonly spec: ScaleSpec;
  readonly current: number;
  /** Ready instances of the released revision. */
  readonly ready: number;
  readonly readings: readonly Reading[];
  /** Whether anything is asked of the service now; undefined when that cannot be known. */
  readonly active: boolean | undefined;
  readonly rolling: boolean;
  readonly pause?: ScalePause;
  readonly now: number;
}

export interface ScaleAnswer {
  readonly wanted: number;
  readonly reason: string;
  readonly readings: readonly ScaleReading[];
  readonly memory: ScaleMemory;
}

export function decideScale(question: ScaleQuestion, before: ScaleMemory): ScaleAnswer {
  const { spec, current, ready, now, active, rolling } = question;
  const sizing: Sizing = { current, ready, tolerance: spec.tolerance, rolling };
  const readings = question.readings.map((one): ScaleReading => readingOf(one, sizing));
  // A release that was just put in place is given its time, too.
  const memory = active === false && !rolling ? before : { ...before, activeAt: now };
  const { memory: after, ...wish } = wishOf(question, readings, memory);
  const held = holdBack(wish, question);
  return { ...held, readings, memory: after };
}

interface Wish {
  readonly wanted: number;
  readonly reason: string;
}

function readingOf(reading: Reading, sizing: Sizing): ScaleReading {
  const { name, target } = reading;
  const value = measured(reading, sizing);
  const asks = recommend(reading, sizing);
  const because = reading.kind === 'missing' ? reading.because : value === undefined ? 'no instance was measured yet' : undefined;
  return {
    name,
    target,
    ...(value !== undefined && { value }),
    ...(asks !== undefined && { asks }),
    ...(because !== undefined && { because }),
  };
}

function wishOf(question: ScaleQuestion, readings: readonly ScaleReading[], memory: ScaleMemory): Wish & { readonly memory: ScaleMemory } {
  const { spec, current, now } = question;
  const least = leastAt(spec, now);
  const same = (wanted: number, reason: string) => ({ wanted, reason, memory });
  if (current === 0 && spec.min > 0) return same(0, 'it has no instance: scaling is off until a deployment gives it one');
  if (current > spec.max) return same(spec.max, `more than max ${spec.max}`);
  if (current < least) return same(least, least > spec.min ? `the schedule asks for at least ${least}` : `fewer than min ${spec.min}`);
  if (current === 0) return wake(question, readings, memory);
  const asked = askedFor(readings, current);
  const noted = noteAsked(memory, asked.wanted, spec, now);
  if (least === 0 && mayGo(question, readings, memory))
    return { wanted: 0, reason: `nothing was asked of it for ${formatDuration(spec.zeroAfter)} (zero.after)`, memory: noted };
  return { ...paced(asked, question, Math.max(1, least), noted), memory: noted };
}

/**
 * From nothing to as many as what waits asks for. Rates still tell of the seconds before it went: without anything that is asked now,
 * only the fallback of a source that fails brings it back.
 */
function wake(
  { active, spec }: ScaleQuestion,
  readings: readonly ScaleReading[],
  memory: ScaleMemory,
): Wish & { readonly memory: ScaleMemory } {
  const asked = askedFor(active === true ? readings : readings.filter((one) => one.value === undefined), 0);
  if (active !== true && asked.wanted === 0) return { wanted: 0, reason: 'nothing is asked of it', memory };
  const wanted = clamp(Math.max(1, asked.wanted), spec);
  return { wanted, reason: active === true ? 'a request waits for it' : asked.reason, memory };
}

function mayGo({ active, spec, rolling, now }: ScaleQuestion, readings: readonly ScaleReading[], { activeAt }: ScaleMemory): boolean {
  const sure = active === false && readings.every((one) => one.because === undefined || one.because === unmeasured);
  return sure && !rolling && now - activeAt >= spec.zeroAfter;
}
/** Instances that have just come say nothing about the load; that is no failure of a source. */
const unmeasured = 'no instance was measured yet';

/** The largest number that is asked for; what is not known asks for the present one. */
function askedFor(readings: readonly ScaleReading[], current: number): Wish {
  const largest = readings.reduce<ScaleReading | undefined>((best, one) => ((one.asks ?? -1) > (best?.asks ?? -1) ? one : best), undefined);
  const silent = readings.find((one) => one.asks === undefined || (one.because !== undefined && one.asks <= current));
  if (silent && (largest?.asks ?? 0) <= current)
    return { wanted: current, reason: `held: ${silent.name}: ${silent.because ?? 'it says nothing'}` };
  if (!largest || largest.asks === undefined) return { wanted: current, reason: 'nothing is measured' };
  const { name, asks, value, target, because } = largest;
  const what = because ?? (value === undefined ? '' : `${round(value)}, target ${round(target)}`);
  return { wanted: asks, reason: asks === current ? `${name} is at its target (${what})` : `${name} asks for ${asks} (${what})` };
}

function paced(asked: Wish, { spec, current, now }: ScaleQuestion, least: number, memory: ScaleMemory): Wish {
  const steady = stabilised(current, memory, spec, now);
  const bounded = clamp(steady, { min: least, max: spec.max });
  const wanted = reachable(current, bounded, memory, spec, now);
  if (wanted === asked.wanted) return asked;
  if (wanted !== bounded)
    return { wanted, reason: `${asked.reason}; at most to ${wanted} now (${wanted >= current ? 'up' : 'down'}.rates)` };
  if (bounded !== steady) return { wanted, reason: `${asked.reason}; ${wanted === spec.max ? 'max' : 'min'} is ${wanted}` };
  const window = wanted >= asked.wanted ? spec.down.window : spec.up.window;
  return { wanted, reason: `${asked.reason}; held at ${wanted} by what was asked for in the last ${formatDuration(window)}` };
}

/** What people set, and a rollout that is under way, come last. */
function holdBack(wish: Wish, { current, pause, rolling }: ScaleQuestion): Wish {
  if (pause?.kind === 'at') return { wanted: pause.replicas, reason: `paused at ${pause.replicas} by ${pause.by}` };
  if (pause?.kind === 'in' && wish.wanted < current) return { wanted: current, reason: `${wish.reason}; ${pause.by} paused scaling in` };
  if (pause?.kind === 'out' && wish.wanted > current) return { wanted: current, reason: `${wish.reason}; ${pause.by} paused scaling out` };
  if (rolling && wish.wanted < current) return { wanted: current, reason: `${wish.reason}; not while a deployment moves it` };
  return wish;
}

function round(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
