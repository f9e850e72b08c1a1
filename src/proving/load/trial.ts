// A trial by load: its phases one after the other, their exhibits, and its verdict.
import { highestRate } from '../../decide/prove/arrivals.ts';
import { loadFigures } from '../../decide/prove/figures/load.ts';
import { warmUp } from '../../decide/prove/load-profiles.ts';
import type { Judged, Threshold } from '../../decide/prove/thresholds.ts';
import { judgeThresholds } from '../../decide/prove/thresholds.ts';
import type { Figures } from '../../model/proving/figure.ts';
import type { LoadPhase, PhaseExhibit } from '../../model/proving/load.ts';
import type { LoadPlan } from '../../model/proving/scenario.ts';
import type { Exhibit, TrialVerdict } from '../../model/proving/trial.ts';
import { writeExhibit } from '../evidence.ts';
import type { OpenLoadEngine } from './engine.ts';
import { glanceText, phaseText } from './show.ts';

export interface LoadTrial {
  readonly phases: readonly PhaseExhibit[];
  readonly exhibits: readonly Exhibit[];
  readonly figures: Figures;
  readonly judged: readonly Judged[];
  readonly verdict: TrialVerdict;
}

export interface LoadTrialCall {
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
  readonly glance: (line: string) => void;
}

export interface LoadCourse {
  readonly plan: LoadPlan;
  readonly phases: readonly LoadPhase[];
  readonly thresholds: readonly Threshold[];
}

/** Errors: of the disk; `internal` when a process of the generator dies. */
export async function loadTrial(open: OpenLoadEngine, { plan, phases, thresholds }: LoadCourse, call: LoadTrialCall): Promise<LoadTrial> {
  const engine = open(plan);
  const found: PhaseExhibit[] = [];
  const exhibits: Exhibit[] = [];
  try {
    for (const phase of phases) {
      call.progress(phaseText(phase));
      const one = await engine.run(phase, call.signal, (glance) => call.glance(glanceText(phase, glance)));
      // What was measured before everything was warm is kept, and no figure is made of it.
      const content = phase.name === warmUp ? { format: 'load-warm-up/1', phase: one } : one;
      exhibits.push(await writeExhibit(call.directory, `phases/${phase.name}.json`, content));
      if (phase.name !== warmUp) found.push(one);
      if (call.signal.aborted) break;
    }
  } finally {
    await engine.close();
  }
  const figures = loadFigures(Object.fromEntries(found.map((one) => [`phases/${one.name}.json`, one])));
  const judged = judgeThresholds(thresholds, figures);
  return { phases: found, exhibits, figures, judged, verdict: call.signal.aborted ? 'interrupted' : verdictOf(found, judged) };
}

function verdictOf(phases: readonly PhaseExhibit[], judged: readonly Judged[]): TrialVerdict {
  if (judged.some(({ word }) => word === 'not_met')) return 'failed';
  const measured = phases.every(({ generator }) => generator.kept) && judged.every(({ word }) => word === 'met');
  return measured ? 'passed' : 'inconclusive';
}

/** A process carries several times as much on a core of its own. */
const perWorker = 10_000;
const mostWorkers = 4;

export function workersFor(phases: readonly LoadPhase[]): number {
  const rates = phases.map(({ arrivals }) => (arrivals.kind === 'users' ? arrivals.users : highestRate(arrivals)));
  return Math.min(mostWorkers, Math.max(1, Math.ceil(Math.max(0, ...rates) / perWorker)));
}
