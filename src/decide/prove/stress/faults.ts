// What the experiments of the last phase came to, by the judgement that every experiment gets.
import type { ChaosExhibit } from '../../../model/proving/experiment.ts';
import type { StressRun } from '../../../model/proving/stress.ts';
import { judgeExperiment } from '../chaos.ts';

export interface FaultOutcome {
  readonly fault: string;
  /** Seen to act, and judged. */
  readonly measured: boolean;
  readonly held: boolean;
  readonly because?: string;
}

/** Absent: no faults were to be had. `experiment`: by the name of its exhibit. */
export function faultsOf({ experiments }: StressRun, experiment: ExperimentLookup): readonly FaultOutcome[] | undefined {
  return experiments?.map((name) => outcomeOf(name, experiment(name)));
}

export type ExperimentLookup = (exhibit: string) => ChaosExhibit | undefined;

function outcomeOf(name: string, exhibit: ChaosExhibit | undefined): FaultOutcome {
  if (exhibit === undefined) return { fault: name, measured: false, held: false, because: `the exhibit ${name} is missing` };
  const { verdict, because } = judgeExperiment(exhibit);
  const seen = exhibit.injections.length > 0 && exhibit.injections.every(({ injection }) => injection.verifiedAt !== undefined);
  const measured = seen && (verdict === 'passed' || verdict === 'failed');
  const why = because.length > 0 ? because.join('; ') : measured ? undefined : 'it was not seen to act';
  return { fault: exhibit.experiment.name, measured, held: measured && verdict === 'passed', ...(why !== undefined && { because: why }) };
}
