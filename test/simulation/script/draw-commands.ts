// Histories in which deployments wait for commands that run once: release commands and jobs that end well, fail, hang, and meet crashes.
import type { Dice } from './random.ts';
import type { Action, CommandName, Moment } from './script.ts';

const commands: readonly CommandName[] = ['quick', 'quick', 'long', 'long', 'broken', 'hangs', 'deaf', 'nostart'];

/** About a third of the histories. */
export function withCommands(script: readonly Moment[], dice: Dice): readonly Moment[] {
  if (!dice.chance(0.35)) return script;
  return script.flatMap((one): readonly Moment[] => {
    if (one.action.kind !== 'deploy') return [one];
    const asked: Moment = { ...one, action: commanded(one.action, dice) };
    if (!dice.chance(0.3)) return [asked];
    // A command takes effects of its own to begin and to end: between any two of them an engine may die.
    return [asked, { after: dice.pick([0, 10, 900, 12_000]), action: { kind: 'crash', after: dice.between(1, 12) } }];
  });
}

function commanded(action: Extract<Action, { kind: 'deploy' }>, dice: Dice): Action {
  const chosen = Object.keys(action.replicas).filter(() => dice.chance(0.5));
  const job = dice.chance(0.25) ? { job: dice.pick(commands) } : {};
  return { ...action, ...job, commands: Object.fromEntries(chosen.map((one) => [one, dice.pick(commands)])) };
}
