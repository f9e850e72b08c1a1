// Chaos trials of what is deployed here: experiments one after the other, each with its exhibit; a watchdog outlives them.
import { formatDuration } from '../../base/units.ts';
import type { Experiment } from '../../model/proving/experiment.ts';
import { serviceOf } from '../../proving/chaos/inject.ts';
import { runExperiment } from '../../proving/chaos/run.ts';
import type { ChaosSite, ChaosTarget } from '../../proving/chaos/site.ts';
import type { Kept } from '../../proving/chaos/told.ts';
import { endingOf } from '../../proving/chaos/told.ts';
import { writeExhibit } from '../../proving/evidence.ts';
import { openLoadEngine } from '../../proving/load/ours.ts';
import type { TargetView } from '../../surfaces/cli/prove/answers.ts';
import type { ChaosWish, Trial, TrialCall, TrialEnding, TrialPlan } from '../../surfaces/cli/prove/proving.ts';
import { homeAt } from '../home.ts';
import { targetFrom } from './chaos-target.ts';
import { guarded } from './guarded.ts';

export const chaosTrial: Trial<ChaosWish> = { kind: 'chaos', plan, run };

function plan({ experiments, repeats, seed, route }: ChaosWish, view: TargetView): TrialPlan {
  const times = repeats === 1 ? '' : ` × ${repeats}`;
  return {
    profile: `${experiments.map(({ name }) => name).join(',')}${times}`,
    touches: experiments.flatMap((one) => touchedBy(one, targetFrom(view, route, one.load.path)).map((what) => `${what}${times}`)),
    lasts: repeats * experiments.reduce((sum, one) => sum + longestOf(one), 0),
    seed,
  };
}

function touchedBy({ name, faults, load }: Experiment, target: ChaosTarget): readonly string[] {
  return [
    `${name}: ${load.rate} requests/s to http://${target.route.host}${target.route.path}`,
    ...faults.map((fault) => {
      const { kind, part, instances, at, lasts } = fault;
      const whom = part === undefined ? `${instances} of ${serviceOf(fault, target)}` : `the ${part}`;
      return `${name}: ${kind} of ${whom} for ${formatDuration(lasts)}${at > 0 ? ` after ${formatDuration(at)}` : ''}`;
    }),
  ];
}

/** With what it may take until faults are seen, and gone. */
function longestOf({ before, faults, recovery }: Experiment): number {
  return before + faults.reduce((most, { at, lasts }) => Math.max(most, at + lasts), 0) + recovery.good + recovery.watch + 120_000;
}

/** Those of one round stand apart in time: what else goes on meets not only one kind of them. */
function roundsOf({ experiments, repeats }: ChaosWish) {
  return Array.from({ length: repeats }, (_, index) => experiments.map((experiment) => ({ experiment, round: index + 1 }))).flat();
}

async function run(wish: ChaosWish, call: TrialCall): Promise<TrialEnding> {
  const home = homeAt(call.target.home, process.env);
  const { site: guard, leave } = await guarded(home, call.target.runtime, call.progress);
  const site: ChaosSite = {
    ...guard,
    target: async (path) => targetFrom(await call.look(), wish.route, path),
    openLoad: openLoadEngine,
    seed: wish.seed,
    say: call.progress,
  };
  const exhibits: Kept[] = [];
  try {
    for (const { experiment, round } of roundsOf(wish)) {
      if (call.signal.aborted) break;
      const again = round === 1 ? '' : `-${round}`;
      call.progress(`experiment ${experiment.name}${again}`);
      const exhibit = await runExperiment(site, experiment, call.signal);
      const name = `experiments/${experiment.name}${again}.json`;
      exhibits.push({ kept: { name, exhibit }, file: await writeExhibit(call.directory, name, exhibit) });
    }
  } finally {
    leave();
  }
  return endingOf(exhibits);
}
