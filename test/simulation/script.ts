// What happens to a simulated engine: a list of actions at moments, drawn from a seed, that can be written down and shortened.
import { Dice, hash } from './random.ts';

export type Action =
  | {
      readonly kind: 'deploy';
      readonly code: string;
      readonly replicas: Readonly<Record<string, number>>;
      /** By service; rolling where nothing is said. */
      readonly courses?: Readonly<Record<string, CourseName>>;
    }
  | { readonly kind: 'scale'; readonly service: string; readonly replicas: number }
  /** The scaler decides about a size; services scale in histories that have one of these. */
  | { readonly kind: 'autoscale'; readonly service: string; readonly replicas: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'abort' }
  | { readonly kind: 'promote'; readonly full: boolean }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'kill'; readonly nth: number }
  /** The engine dies at its `after`-th effect from now on, and is started again. */
  | { readonly kind: 'crash'; readonly after: number }
  /** The nth routed instance gets or loses a request in flight. */
  | { readonly kind: 'request'; readonly nth: number; readonly lasts: number }
  | Meddling
  | Weather;

/** What somebody changes behind the engine's back. */
export type Meddling =
  /** The gateway is told an empty table. */
  | { readonly kind: 'table' }
  /** One more instance, with our mark, of what the nth living one is. */
  | { readonly kind: 'stray'; readonly nth: number }
  /** The snapshot of the nth live service, and with it, or not, what it could be mended from. */
  | { readonly kind: 'damage'; readonly nth: number; readonly mendable: boolean };

export type CourseName = 'canary' | 'asked' | 'dynamic' | 'blue-green' | 'preview';

/** What the engine's neighbours do to it. */
export type Weather =
  /** The next commits are refused. */
  | { readonly kind: 'store'; readonly commits: number }
  /** The gateway does not answer; what it is told meanwhile it may have heard all the same. */
  | { readonly kind: 'gateway'; readonly lasts: number; readonly hears: boolean }
  /** Answers about instances arrive up to `most` late, and tell what was true when they were asked. */
  | { readonly kind: 'slow'; readonly lasts: number; readonly most: number }
  /** Answers about instances are those of the time before. */
  | { readonly kind: 'stale'; readonly lasts: number };

export function isWeather(action: Action): action is Weather {
  return action.kind === 'store' || action.kind === 'gateway' || action.kind === 'slow' || action.kind === 'stale';
}

export function isMeddling(action: Action): action is Meddling {
  return action.kind === 'table' || action.kind === 'stray' || action.kind === 'damage';
}

export interface Moment {
  /** Milliseconds after the moment before. */
  readonly after: number;
  readonly action: Action;
}

/** The `max` of services that scale. */
export const mostScaled = 6;

const services = ['api', 'web', 'worker'];
/** How a release behaves is in its name, so that a shortened script still means the same. */
const codes = ['good', 'good', 'good', 'slow', 'never', 'crash', 'late', 'flaky', 'deaf', 'nostart'];

export function drawScript(seed: number): readonly Moment[] {
  const dice = new Dice(seed);
  const first: Moment = { after: 0, action: { kind: 'deploy', code: `good-${seed}`, replicas: drawReplicas(dice) } };
  const rest = Array.from(
    { length: dice.between(3, 14) },
    (_, index): Moment => ({ after: drawPause(dice), action: drawAction(dice, index) }),
  );
  const steered = withCourses([first, ...rest], new Dice(hash(`courses ${seed}`)));
  const weathered = withWeather(steered, new Dice(hash(`weather ${seed}`)));
  return withScaling(withMeddling(weathered, new Dice(hash(`meddling ${seed}`))), new Dice(hash(`scaling ${seed}`)));
}

/** Half of the histories know canaries and blue-green switches, and people who promote, pause and resume. */
function withCourses(script: readonly Moment[], dice: Dice): readonly Moment[] {
  if (dice.chance(0.5)) return script;
  const named = script.map(
    (one): Moment => (one.action.kind === 'deploy' ? { ...one, action: { ...one.action, courses: drawCourses(dice) } } : one),
  );
  let made: readonly Moment[] = named;
  for (let count = dice.between(0, 5); count > 0; count -= 1)
    made = made.toSpliced(dice.between(1, made.length), 0, { after: drawPause(dice), action: drawSteering(dice) });
  return made;
}

function drawCourses(dice: Dice): Readonly<Record<string, CourseName>> {
  const chosen = services.filter(() => dice.chance(0.7));
  return Object.fromEntries(chosen.map((one) => [one, dice.pick(['canary', 'asked', 'dynamic', 'blue-green', 'preview'] as const)]));
}

function drawSteering(dice: Dice): Action {
  switch (dice.between(0, 3)) {
    case 0:
      return { kind: 'pause' };
    case 1:
      return { kind: 'resume' };
    default:
      return { kind: 'promote', full: dice.chance(0.3) };
  }
}

/** More than one at a time: what counts is that they meet deployments, crashes and each other. */
function withScaling(script: readonly Moment[], dice: Dice): readonly Moment[] {
  let made = script;
  for (let count = dice.pick([0, 0, 0, 2, 5]); count > 0; count -= 1) {
    const action: Action = { kind: 'autoscale', service: dice.pick(services), replicas: dice.between(0, mostScaled) };
    made = made.toSpliced(dice.between(1, made.length), 0, { after: dice.pick([0, 10, 900, 4_000]), action });
  }
  return made;
}

/** Dice of their own, so that the histories in which nobody meddles stay what they are. */
function withMeddling(script: readonly Moment[], dice: Dice): readonly Moment[] {
  let made = script;
  for (let count = dice.pick([0, 0, 0, 0, 1, 2]); count > 0; count -= 1)
    made = made.toSpliced(dice.between(1, made.length), 0, { after: dice.pick([0, 10, 900, 12_000]), action: drawMeddling(dice) });
  return made;
}

function drawMeddling(dice: Dice): Meddling {
  switch (dice.between(0, 2)) {
    case 0:
      return { kind: 'table' };
    case 1:
      return { kind: 'stray', nth: dice.between(0, 9) };
    default:
      return { kind: 'damage', nth: dice.between(0, 2), mendable: dice.chance(0.7) };
  }
}

function withWeather(script: readonly Moment[], dice: Dice): readonly Moment[] {
  let made = script;
  for (let count = dice.between(0, 4); count > 0; count -= 1)
    made = made.toSpliced(dice.between(1, made.length), 0, { after: dice.pick([0, 10, 400, 3_000]), action: drawWeather(dice) });
  return made;
}

function drawWeather(dice: Dice): Weather {
  const lasts = dice.pick([20, 900, 8_000, 40_000]);
  switch (dice.between(0, 3)) {
    case 0:
      return { kind: 'store', commits: dice.between(1, 5) };
    case 1:
      return { kind: 'gateway', lasts, hears: dice.chance(0.5) };
    case 2:
      return { kind: 'slow', lasts, most: dice.pick([50, 2_000, 15_000]) };
    default:
      return { kind: 'stale', lasts };
  }
}

function drawPause(dice: Dice): number {
  return dice.pick([0, 1, 20, 150, 900, 4_000, 15_000, 70_000]);
}

function drawReplicas(dice: Dice): Readonly<Record<string, number>> {
  const chosen = services.filter((service) => service === 'api' || dice.chance(0.6));
  return Object.fromEntries(chosen.map((service) => [service, dice.between(1, 4)]));
}

function drawAction(dice: Dice, index: number): Action {
  const roll = dice.roll();
  if (roll < 0.32) return { kind: 'deploy', code: `${dice.pick(codes)}-${index}`, replicas: drawReplicas(dice) };
  if (roll < 0.42) return { kind: 'scale', service: dice.pick(services), replicas: dice.between(0, 5) };
  if (roll < 0.47) return { kind: 'restart' };
  if (roll < 0.54) return { kind: 'rollback' };
  if (roll < 0.6) return { kind: 'abort' };
  if (roll < 0.63) return { kind: 'remove' };
  if (roll < 0.75) return { kind: 'kill', nth: dice.between(0, 9) };
  if (roll < 0.9) return { kind: 'crash', after: dice.between(1, 25) };
  return { kind: 'request', nth: dice.between(0, 9), lasts: dice.pick([100, 5_000, 60_000]) };
}
