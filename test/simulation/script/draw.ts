// Draws a script from a seed. Each kind of event has dice of its own, so that the histories without it stay what they are.
import { withCommands } from './draw-commands.ts';
import { withCrons } from './draw-crons.ts';
import { withHooks } from './draw-hooks.ts';
import { withVerdicts } from './draw-verdicts.ts';
import { Dice, hash } from './random.ts';
import type { Action, CourseName, Meddling, Moment, Weather } from './script.ts';
import { mostScaled } from './script.ts';

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
  const scaled = withScaling(withMeddling(weathered, new Dice(hash(`meddling ${seed}`))), new Dice(hash(`scaling ${seed}`)));
  const judged = withCommands(withVerdicts(scaled, new Dice(hash(`verdicts ${seed}`))), new Dice(hash(`commands ${seed}`)));
  const idle = withIdle(judged, new Dice(hash(`idle ${seed}`)));
  return withCrons(withHooks(idle, new Dice(hash(`hooks ${seed}`))), new Dice(hash(`crons ${seed}`)));
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

/** In a quarter of the histories some deployments want nobody of one of their services. */
function withIdle(script: readonly Moment[], dice: Dice): readonly Moment[] {
  if (!dice.chance(0.25)) return script;
  return script.map((one): Moment => {
    if (one.action.kind !== 'deploy' || !dice.chance(0.4)) return one;
    const { replicas } = one.action;
    return { ...one, action: { ...one.action, replicas: { ...replicas, [dice.pick(Object.keys(replicas))]: 0 } } };
  });
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
