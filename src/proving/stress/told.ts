// What a stress trial leaves behind: its record beside its phases, the figures that follow from both, and what people read.
import { nominalFigures, stressFigures } from '../../decide/prove/figures/stress.ts';
import { writeExhibit } from '../evidence.ts';
import { foundText, rowsHead, rowsOf } from './show.ts';
import type { StressTrial } from './trial.ts';

/** Errors: of the disk. */
export async function toldOf({ outcome, steps }: StressTrial, directory: string) {
  const { run, verdict } = outcome;
  const record = await writeExhibit(directory, 'stress.json', run);
  const phases = Object.fromEntries(run.steps.map(({ exhibit }) => [exhibit, steps.phase(exhibit)]));
  const experiments = Object.fromEntries((run.experiments ?? []).map((name) => [name, steps.experiment(name)]));
  const evidence = { [record.name]: run, ...phases, ...experiments };
  const [limits, nominal] = [stressFigures(evidence), nominalFigures(evidence)];
  return {
    verdict,
    figures: [...limits.figures, ...nominal.figures],
    unmeasured: [...limits.unmeasured, ...nominal.unmeasured],
    exhibits: [record, ...steps.exhibits],
    table: { head: rowsHead, rows: rowsOf(outcome, steps.phase) },
    notes: foundText(outcome, steps.phase),
  };
}
