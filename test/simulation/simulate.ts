// One history from one seed: an engine on fakes lives through a script, dies and is started again, while the rules watch.
import { Run } from './run.ts';
import { drawScript } from './script/draw.ts';
import type { Moment } from './script/script.ts';

export interface History {
  readonly seed: number;
  readonly script: readonly Moment[];
  /** What was broken, in the order in which it was found; empty when everything held. */
  readonly violations: readonly string[];
  readonly deployments: number;
  readonly crashes: number;
  /** Milliseconds of the simulated world. */
  readonly lasted: number;
}

export async function simulate(seed: number, script: readonly Moment[] = drawScript(seed)): Promise<History> {
  const run = new Run(seed, script);
  const { clock } = run.universe;
  const began = clock.now();
  await run.boot();
  for (const { after, prompt, action } of script) {
    await run.pass(after, prompt);
    await run.act(action);
    await run.revive();
    if (run.broken) break;
  }
  if (!run.broken) await run.rest();
  const { deployments } = await run.universe.current();
  await run.end();
  const { violations } = run.judge;
  return { seed, script, violations, deployments: deployments.length, crashes: run.crashes, lasted: clock.now() - began };
}

/** Leaves out actions, and shortens pauses, as long as the same kind of violation remains. */
export async function shrink(history: History): Promise<History> {
  let smallest = history;
  const kind = (one: History) => one.violations[0]?.replace(/[\w-]*[@\d][\w@.+-]*/g, '#');
  for (let index = smallest.script.length - 1; index >= 0; index -= 1) {
    const shorter = await simulate(history.seed, smallest.script.toSpliced(index, 1));
    if (kind(shorter) === kind(history)) smallest = shorter;
  }
  return smallest;
}
