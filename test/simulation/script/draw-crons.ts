// Histories with a service that runs at the times of a schedule: runs that last into the next, engines that are away meanwhile, schedules that change.
import type { Dice } from './random.ts';
import type { Action, CommandName, CronWords, Moment } from './script.ts';

const commands: readonly CommandName[] = ['quick', 'quick', 'long', 'lasting', 'lasting', 'broken', 'hangs', 'deaf', 'nostart'];
/** The second zone's clock is half an hour off the full hour. */
const zones = ['UTC', 'Asia/Kolkata', 'Europe/Berlin'];

/** About a third of the histories. */
export function withCrons(script: readonly Moment[], dice: Dice): readonly Moment[] {
  if (!dice.chance(0.3)) return script;
  const usual = drawCron(dice);
  let made = script.map((one): Moment => (one.action.kind === 'deploy' ? { ...one, action: timed(one.action, usual, dice) } : one));
  for (let count = dice.between(1, 4); count > 0; count -= 1)
    made = made.toSpliced(dice.between(1, made.length), 0, { after: dice.pick([900, 20_000, 61_000, 130_000]), action: drawCrash(dice) });
  return made;
}

/** Most deploys leave the schedule as it is; some change it, and some leave it out. */
function timed(action: Extract<Action, { kind: 'deploy' }>, usual: CronWords, dice: Dice): Action {
  if (dice.chance(0.15)) return action;
  return { ...action, cron: dice.chance(0.2) ? drawCron(dice) : usual };
}

function drawCron(dice: Dice): CronWords {
  return {
    command: dice.pick(commands),
    every: dice.pick(['* * * * *', '* * * * *', '*/2 * * * *', '*/15 * * * *', '*/20 1 * * *']),
    zone: dice.pick(zones),
    overlap: dice.pick(['forbid', 'forbid', 'replace', 'replace', 'allow'] as const),
    missed: dice.pick(['skip', 'run_once'] as const),
  };
}

function drawCrash(dice: Dice): Action {
  const after = dice.between(1, 12);
  return dice.chance(0.4) ? { kind: 'crash', after } : { kind: 'crash', after, away: dice.pick([25_000, 45_000, 200_000, 3_000_000]) };
}
