// Histories in which releases are judged beside each other: by what a crowd of requests meets, and by what other systems say.
import type { Dice } from './random.ts';
import type { Action, JudgedName, Moment } from './script.ts';

const courses: readonly JudgedName[] = ['judged', 'judged', 'patient', 'background', 'gauged', 'watched'];
/** How a release does is in its name: it fails requests, is slow to answer, or makes another metric worse. */
const bad = ['erring', 'sluggish', 'worse'];

/** About a third of the histories. */
export function withVerdicts(script: readonly Moment[], dice: Dice): readonly Moment[] {
  if (!dice.chance(0.35)) return script;
  let made = script.map((one, index): Moment => ({ ...one, action: judged(one.action, index > 0, dice) }));
  made = made.toSpliced(1, 0, { after: 0, action: { kind: 'crowd', rate: dice.pick([0, 4, 80, 80, 500]) } });
  for (let count = dice.between(0, 4); count > 0; count -= 1)
    made = made.toSpliced(dice.between(2, made.length), 0, { after: dice.pick([0, 10, 900, 12_000]), action: drawNews(dice) });
  return made;
}

/** Only what has a port can be judged; the first release has nobody to be compared with, and is a good one. */
function judged(action: Action, later: boolean, dice: Dice): Action {
  if (action.kind !== 'deploy') return action;
  const chosen = ['api', 'web'].filter(() => dice.chance(0.75));
  const code = later && dice.chance(0.4) ? action.code.replace(/^\w+/, dice.pick(bad)) : action.code;
  return { ...action, code, courses: { ...action.courses, ...Object.fromEntries(chosen.map((one) => [one, dice.pick(courses)])) } };
}

function drawNews(dice: Dice): Action {
  switch (dice.between(0, 3)) {
    case 0:
      return { kind: 'crowd', rate: dice.pick([0, 4, 80, 500]) };
    case 1:
      return { kind: 'recount' };
    default:
      return { kind: 'sources', lasts: dice.pick([900, 8_000, 40_000, 200_000]), how: dice.pick(['fail', 'hang'] as const) };
  }
}
