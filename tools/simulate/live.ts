// Lives through a share of the seeds, one history after the other, in this process.
import { setImmediate } from 'node:timers/promises';
import { drawScript } from '../../test/simulation/script/draw.ts';
import type { History } from '../../test/simulation/simulate.ts';
import { shrink, simulate } from '../../test/simulation/simulate.ts';
import type { Finding, Share, Totals } from './totals.ts';
import { add, nothing, totalsOf } from './totals.ts';

export interface Manner {
  readonly shortest: boolean;
  readonly goesOn: boolean;
}

/** Histories that break a rule are made as short as they can be when `shortest`; with the first of them it ends, unless it is to go on. */
export async function live({ from, seeds }: Share, { shortest, goesOn }: Manner): Promise<Finding> {
  let totals: Totals = nothing;
  const broken: History[] = [];
  for (let seed = from; seed < from + seeds; seed += 1) {
    const history = await historyOf(seed);
    totals = add(totals, totalsOf(history));
    if (history.violations.length > 0) broken.push(shortest ? await shortened(history) : history);
    if (broken.length > 0 && !goesOn) break;
    // A history runs on promises alone: signals are heard between two of them.
    await setImmediate();
  }
  return { totals, broken };
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
