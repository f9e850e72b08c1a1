// Histories in which deployments tell others what they do, and wait for what comes of it: commands and webhooks that are taken, late, or refused.
import type { Dice } from './random.ts';
import type { Action, HookName, HookNames, Moment } from './script.ts';

const phases = ['before_deploy', 'before_switch', 'after_switch', 'after_deploy', 'on_failure'] as const;
/** Two of three come to a good end, else few deployments would get past the first. */
const good: readonly HookName[] = ['tell fine', 'tell fine', 'tell late', 'tell busy', 'tell forgetful', 'run quick', 'run long'];
const bad: readonly HookName[] = ['tell refuses', 'tell hangs', 'run broken', 'run hangs', 'run deaf', 'run nostart'];

/** About a third of the histories. */
export function withHooks(script: readonly Moment[], dice: Dice): readonly Moment[] {
  if (!dice.chance(0.35)) return script;
  return script.flatMap((one): readonly Moment[] => {
    if (one.action.kind !== 'deploy') return [one];
    // Some come as soon as the one before has ended, when that has still to be told.
    const prompt = dice.chance(0.3) ? ({ after: 70_000, prompt: true } as const) : {};
    const told: Moment = { ...one, ...prompt, action: hooked(one.action, dice) };
    if (!dice.chance(0.35)) return [told];
    return [told, { after: dice.pick([0, 10, 900, 12_000, 30_000]), action: { kind: 'crash', after: dice.between(1, 16) } }];
  });
}

function hooked(action: Extract<Action, { kind: 'deploy' }>, dice: Dice): Action {
  const chosen = Object.keys(action.replicas).filter(() => dice.chance(0.5));
  const hooks = Object.fromEntries(chosen.map((one): [string, HookNames] => [one, drawHooks(dice)]));
  return { ...action, hooks };
}

function drawHooks(dice: Dice): HookNames {
  const chosen = phases.filter(() => dice.chance(0.45));
  return Object.fromEntries(chosen.map((phase) => [phase, Array.from({ length: dice.between(1, 2) }, () => drawHook(dice))]));
}

function drawHook(dice: Dice): HookName {
  return dice.pick(dice.chance(0.8) ? good : bad);
}
