// Figures of experiments: how soon it was good again, whether faults were seen to act, and what became of acknowledged writes.
import type { ChaosExhibit } from '../../../model/proving/experiment.ts';
import type { Figure, Figures, Unmeasured } from '../../../model/proving/figure.ts';
import type { ChaosJudgement } from '../chaos.ts';
import { judgeExperiment } from '../chaos.ts';
import { judgeLedger } from '../ledger.ts';
import { judgeHistory } from '../linearizable.ts';
import { ranksOf } from '../statistics/ranks.ts';

export interface NamedExhibit {
  /** In the bundle: `experiments/partition.json` */
  readonly name: string;
  readonly exhibit: ChaosExhibit;
}

export function chaosFigures(exhibits: readonly NamedExhibit[]): Figures {
  const faulty = exhibits.filter(({ exhibit }) => exhibit.experiment.faults.length > 0);
  const kinds = [...new Set(faulty.map(({ exhibit }) => kindOf(exhibit)))];
  const parts: readonly Figures[] = [
    ...kinds.map((kind) =>
      ofKind(
        kind,
        faulty.filter(({ exhibit }) => kindOf(exhibit) === kind),
      ),
    ),
    ofNullRuns(exhibits.filter(({ exhibit }) => exhibit.experiment.faults.length === 0)),
    ofLedgers(exhibits.filter(({ exhibit }) => exhibit.ledger !== undefined)),
  ];
  return { figures: parts.flatMap(({ figures }) => figures), unmeasured: parts.flatMap(({ unmeasured }) => unmeasured) };
}

/** Several faults of several kinds are a cascade; a fault of a part of the engine is told by that. */
export function kindOf({ experiment: { faults } }: ChaosExhibit): string {
  const kinds = new Set(faults.map(({ kind, part }) => (part === undefined ? kind : `${part}_${kind}`)));
  const [only = 'none'] = kinds;
  return kinds.size > 1 || only === 'dependency' ? 'cascading' : only;
}

function ofKind(kind: string, runs: readonly NamedExhibit[]): Figures {
  const judged = runs.map(({ exhibit }) => judgeExperiment(exhibit));
  const names = runs.map(({ name }) => name);
  const seen = runs.filter(
    ({ exhibit: { injections } }) => injections.length > 0 && injections.every(({ injection }) => injection.verifiedAt !== undefined),
  );
  const verified = count(`chaos.${kind}.verified`, seen.length, runs.length, names);
  const counted = judged.filter(({ verdict }) => verdict === 'passed' || verdict === 'failed');
  if (counted.length < runs.length || runs.length === 0) {
    const because = judged.flatMap((one) => (counted.includes(one) ? [] : [`${one.verdict}: ${one.because.join('; ')}`])).join(' · ');
    return { figures: [verified], unmeasured: [{ id: `chaos.${kind}.recovery`, because }] };
  }
  const times = counted.map((one) => timeOf(one));
  const longest = times.reduce((a, b) => (b.upper > a.upper || (b.upper === a.upper && b.estimate > a.estimate) ? b : a));
  const recovery: Figure = {
    id: `chaos.${kind}.recovery`,
    unit: 's',
    n: counted.length,
    ...longest,
    lower: longest.estimate,
    confidence: 1,
    method: 'exact',
    evidence: names,
  };
  return { figures: [verified, recovery, ...medianOf(kind, times, names)], unmeasured: [] };
}

const medianConfidence = 0.9;

/** Only where so few of them bound it from both sides. */
function medianOf(kind: string, times: readonly Pick<Figure, 'estimate' | 'upper'>[], evidence: readonly string[]): readonly Figure[] {
  const sorted = times.toSorted((a, b) => a.upper - b.upper || a.estimate - b.estimate);
  const { estimate: middle, lower: low, upper: high } = ranksOf(0.5, sorted.length, medianConfidence);
  const at = (rank: number | undefined) => (rank === undefined ? undefined : sorted[rank - 1]);
  const [estimate, lower, upper] = [at(middle)?.estimate, at(low)?.estimate, at(high)?.upper];
  if (estimate === undefined || lower === undefined || upper === undefined) return [];
  const id = `chaos.${kind}.recovery_median`;
  return [{ id, unit: 's', n: sorted.length, estimate, lower, upper, confidence: medianConfidence, method: 'order-statistic', evidence }];
}

/** Of one that was not good again in time only the least is known. */
function timeOf({ recovery, took }: ChaosJudgement): Pick<Figure, 'estimate' | 'upper'> {
  if (took === undefined) return { estimate: 0, upper: Number.MAX_SAFE_INTEGER };
  const estimate = took / 1_000;
  return { estimate, upper: recovery.kind === 'censored' ? Number.MAX_SAFE_INTEGER : estimate };
}

function ofNullRuns(runs: readonly NamedExhibit[]): Figures {
  const id = 'chaos.null_alarms';
  const whole = runs.filter(({ exhibit }) => exhibit.ended === 'whole' && exhibit.load.generator.kept);
  if (whole.length === 0) return { figures: [], unmeasured: [{ id, because: 'there was no run without a fault that came to its end' }] };
  const alarms = whole.reduce((sum, { exhibit }) => sum + judgeExperiment(exhibit).alarms, 0);
  return {
    figures: [
      count(
        id,
        alarms,
        whole.length,
        whole.map(({ name }) => name),
      ),
    ],
    unmeasured: [],
  };
}

const ledgerWords = ['lost', 'duplicated', 'reordered', 'corrupt', 'phantom'] as const;

function ofLedgers(runs: readonly NamedExhibit[]): Figures {
  const names = runs.map(({ name }) => name);
  const readable = runs.flatMap(({ exhibit: { ledger } }) => (ledger?.found ? [judgeLedger(ledger.writes, ledger.found)] : []));
  const acknowledged = readable.reduce((sum, one) => sum + one.acknowledged, 0);
  if (readable.length < runs.length || acknowledged === 0) {
    const because =
      runs.length === 0
        ? 'no experiment says how to write and read'
        : acknowledged === 0
          ? 'nothing was acknowledged'
          : 'what was written could not be read at the end';
    return { figures: [], unmeasured: ledgerWords.map((word): Unmeasured => ({ id: `chaos.${word}`, because })) };
  }
  const figures = ledgerWords.map((word) =>
    count(
      `chaos.${word}`,
      readable.reduce((sum, one) => sum + one[word].length, 0),
      acknowledged,
      names,
    ),
  );
  const registers = ofRegisters(runs);
  return { figures: [...figures, ...registers.figures], unmeasured: registers.unmeasured };
}

function ofRegisters(runs: readonly NamedExhibit[]): Figures {
  const used = runs.filter(({ exhibit }) => (exhibit.ledger?.register.length ?? 0) > 0);
  if (used.length === 0) return { figures: [], unmeasured: [] };
  const id = 'chaos.linearizable';
  const found = used.map(({ exhibit }) => judgeHistory(exhibit.ledger?.register ?? []));
  const unknown = found.find(({ word }) => word === 'unknown');
  if (unknown) return { figures: [], unmeasured: [{ id, because: 'the search for an order took too long: unknown' }] };
  const holds = found.every(({ word }) => word === 'yes') ? 1 : 0;
  const operations = used.reduce((sum, { exhibit }) => sum + (exhibit.ledger?.register.length ?? 0), 0);
  return {
    figures: [
      {
        ...count(
          id,
          holds,
          operations,
          used.map(({ name }) => name),
        ),
        unit: 'yes',
      },
    ],
    unmeasured: [],
  };
}

function count(id: string, value: number, n: number, evidence: readonly string[]): Figure {
  return { id, unit: 'count', n, estimate: value, lower: value, upper: value, confidence: 1, method: 'exact', evidence };
}
