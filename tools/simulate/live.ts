// Lives through a share of the seeds, one history after the other, in this process.
import { setImmediate } from 'node:timers/promises';
import { drawScript } from '../../test/simulation/script/draw.ts';
import type { History } from '../../test/simulation/simulate.ts';
import { shrink, simulate } from '../../test/simulation/simulate.ts';
import type { Finding, Share, Totals } from './totals.ts';
import { add, nothing, totalsOf } from './totals.ts';

/** Ends with the first history that breaks a rule, made as short as it can be when `shortest`. */
export async function live({ from, seeds }: Share, shortest: boolean): Promise<Finding> {
  let totals: Totals = nothing;
  for (let seed = from; seed < from + seeds; seed += 1) {
    const history = await historyOf(seed);
    if (history.violations.length > 0) return { kind: 'broken', history: shortest ? await shortened(history) : history };
    totals = add(totals, totalsOf(history));
    // A history runs on promises alone: signals are heard between two of them.
    await setImmediate();
  }
  return { kind: 'held', totals };
}

/** What throws is a defect of its own kind, and is told with the seed that leads to it. */
async function historyOf(seed: number): Promise<History> {
  try {
    return await simulate(seed);
  } catch (thrown) {
    const violations = [`the simulation threw ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`];
    return { seed, script: drawScript(seed), violations, deployments: 0, crashes: 0, lasted: 0 };
  }
}

async function shortened(history: History): Promise<History> {
  try {
    return await shrink(history);
  } catch {
    return history;
  }
}
