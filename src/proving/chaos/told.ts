// What a trial of experiments tells: the worst verdict, the figures, a row for each.
import { formatDuration } from '../../base/units.ts';
import type { ChaosJudgement } from '../../decide/prove/chaos.ts';
import { judgeExperiment } from '../../decide/prove/chaos.ts';
import type { NamedExhibit } from '../../decide/prove/figures/chaos.ts';
import { chaosFigures } from '../../decide/prove/figures/chaos.ts';
import type { Exhibit, TrialVerdict } from '../../model/proving/trial.ts';

export interface Kept {
  readonly kept: NamedExhibit;
  readonly file: Exhibit;
}

/** The worst first: whoever reads one word reads that. */
const gravity: readonly TrialVerdict[] = ['interrupted', 'errored', 'invalid', 'failed', 'inconclusive', 'passed'];

/** What a trial of experiments tells, from their exhibits alone. */
export function endingOf(all: readonly Kept[]) {
  const judged = all.map(({ kept }) => ({ kept, judgement: judgeExperiment(kept.exhibit) }));
  const verdict = gravity.find((word) => judged.some(({ judgement }) => judgement.verdict === word)) ?? 'interrupted';
  return {
    verdict,
    ...chaosFigures(all.map(({ kept }) => kept)),
    exhibits: all.map(({ file }) => file),
    table: {
      head: ['EXPERIMENT', 'VERDICT', 'FAULTS SEEN', 'RECOVERY', 'FAILED REQUESTS', 'WRITES'],
      rows: judged.map(({ kept, judgement }) => rowOf(kept, judgement)),
    },
    notes: judged.flatMap(({ kept, judgement }) =>
      judgement.because.map((one) => `${kept.exhibit.experiment.name}: ${one.replace(/\.$/, '')}.`),
    ),
  };
}

function rowOf({ exhibit: { experiment, injections, ledger } }: NamedExhibit, judgement: ChaosJudgement): readonly string[] {
  const { verdict, recovery } = judgement;
  const seen = injections.filter(({ injection }) => injection.verifiedAt !== undefined).length;
  const failed = recovery.kind === 'masked' || recovery.kind === 'unmeasured' ? '0' : String(recovery.failed);
  return [
    experiment.name,
    verdict,
    experiment.faults.length === 0 ? '-' : `${seen} of ${injections.length}`,
    recoveryText(judgement),
    failed,
    ledger === undefined ? '-' : String(ledger.writes.filter(({ outcome }) => outcome === 'ok').length),
  ];
}

function recoveryText({ recovery, took }: ChaosJudgement): string {
  if (recovery.kind === 'masked') return 'never bad';
  if (took === undefined) return '-';
  return `${recovery.kind === 'censored' ? 'more than ' : ''}${formatDuration(took)}`;
}
