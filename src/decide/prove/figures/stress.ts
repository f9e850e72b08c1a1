// What a stress trial claims: the knee, the breaking point, the phases that held, the return from overload, and memory that stays.
import type { Figures, Unmeasured } from '../../../model/proving/figure.ts';
import type { StressRun } from '../../../model/proving/stress.ts';
import { confidence } from '../statistics/interval.ts';
import type { Slope } from '../statistics/slope.ts';
import { theilSen } from '../statistics/slope.ts';
import type { PhaseLookup } from '../stress/course.ts';
import { breakingOf, kneeOf, phaseResults, returnOf, stepOf } from '../stress/course.ts';
import type { ExperimentLookup } from '../stress/faults.ts';
import { phaseNames } from '../stress/plan.ts';
import type { Exhibits } from './exhibits.ts';
import { experimentOf, phasesIn } from './exhibits.ts';
import { figuresOfPhases } from './load.ts';
import type { Made, Named } from './make.ts';
import { errorShare, exact, figure, latency, sorted } from './make.ts';
import { stressRunIn } from './stress-run.ts';

const record = 'stress.json';

const ids = ['knee', 'breaking', 'phases', 'returned', 'returns', 'memory.growth'];

/** The record says what each phase was for; everything else follows from the phases themselves. */
export function stressFigures(exhibits: Exhibits): Figures {
  const run = stressRunIn(exhibits);
  if (run === undefined) {
    return { figures: [], unmeasured: ids.map((id): Unmeasured => ({ id: `stress.${id}`, because: 'no stress trial was run' })) };
  }
  const named = new Map(phasesIn(exhibits));
  const phases: PhaseLookup = (exhibit) => named.get(exhibit);
  const steady = phaseNames.flatMap((name): readonly Named[] => {
    const step = stepOf(run, name);
    const phase = step && phases(step.exhibit);
    return step === undefined || phase === undefined ? [] : [[step.exhibit, { ...phase, name }]];
  });
  return sorted([
    ...knee(run, phases),
    breaking(run, phases),
    phaseCount(run, phases, (exhibit) => experimentOf(exhibits[exhibit])),
    ...returns(run, phases),
    memoryGrowth(run, steady),
    ...steady.flatMap(phaseFigures),
  ]);
}

/** What the nominal load of a stress trial says of performance, where no trial under load does. */
export function nominalFigures(exhibits: Exhibits): Figures {
  const run = stressRunIn(exhibits);
  const moderate = run && stepOf(run, 'moderate')?.exhibit;
  const { figures, unmeasured } = figuresOfPhases(phasesIn(exhibits).filter(([name]) => name === moderate));
  // A closed loop is no part of it.
  return { figures, unmeasured: unmeasured.filter((one) => one.id !== 'performance.users') };
}

function knee(run: StressRun, phases: PhaseLookup): readonly Made[] {
  const id = 'stress.knee';
  const found = kneeOf(run, phases);
  const steps = run.steps.filter((one) => one.kind === 'knee').map((one) => one.exhibit);
  if (found.kind === 'found') return [bracket(id, { n: steps.length, held: found.knee, broke: found.failed, evidence: steps })];
  const because = found.kind === 'try' || found.kind === 'confirm' ? (run.stopped ?? 'the search did not end') : found.because;
  if (found.kind !== 'above') return [{ id, because }];
  return [
    { id, because: `it lies above ${found.atLeast}: ${because}` },
    exact('stress.sustained', '1/s', found.atLeast, steps.length, steps),
  ];
}

function breaking(run: StressRun, phases: PhaseLookup): Made {
  const id = 'stress.breaking';
  const steps = run.steps.filter((one) => one.kind === 'breaking').map((one) => one.exhibit);
  const end = breakingOf(run, phases);
  if (end === undefined) return { id, because: run.stopped ?? 'the stair was not climbed' };
  if (end.kind === 'above') return { id, because: `it lies above ${end.atLeast ?? 'the knee'}: ${end.because}` };
  return bracket(id, { n: steps.length, held: end.held ?? 0, broke: end.broke, evidence: steps });
}

interface Bracket {
  readonly n: number;
  readonly held: number;
  readonly broke: number;
  readonly evidence: readonly string[];
}

/** The value is what held: nothing above it was seen to. */
function bracket(id: string, { n, held, broke, evidence }: Bracket): Made {
  return figure({ id, unit: '1/s', n, estimate: held, lower: held, upper: broke, confidence, method: 'bracket', evidence });
}

function phaseCount(run: StressRun, phases: PhaseLookup, experiments: ExperimentLookup): Made {
  const results = phaseResults(run, phases, experiments);
  const evidence = [record, ...run.steps.filter((one) => one.kind !== 'knee').map((one) => one.exhibit), ...(run.experiments ?? [])];
  return exact('stress.phases', 'count', results.filter((one) => one.held).length, results.length, evidence);
}

function returns(run: StressRun, phases: PhaseLookup): readonly Made[] {
  const step = run.steps.find((one) => one.kind === 'drop');
  const back = returnOf(run, phases);
  if (step === undefined || back === undefined)
    return ['returned', 'returns'].map((name) => ({
      id: `stress.${name}`,
      because: run.stopped ?? 'there was no overload to return from',
    }));
  const phase = phases(step.exhibit);
  if (phase && !phase.generator.kept && phase.dropped === 0)
    return ['returned', 'returns'].map((name) => ({
      id: `stress.${name}`,
      because: phase.generator.because ?? 'the schedule was not kept',
    }));
  const evidence = [record, step.exhibit];
  const returned = exact('stress.returned', 'yes', back.after === undefined ? 0 : 1, 1, evidence);
  if (back.after === undefined) return [returned, { id: 'stress.returns', because: `it was not back within ${back.watched / 1000} s` }];
  return [returned, exact('stress.returns', 'ms', back.after, 1, evidence)];
}

/** Programs grow while they warm up. A shorter look than this can show a leak that is beyond that, and never that there is none. */
const longEnough = 120_000;
const beyondWarmUp = 0.5;

/** Of the instance that grew most, as a share of its median a minute, while the load was steady. */
function memoryGrowth(run: StressRun, steady: readonly Named[]): Made {
  const id = 'stress.memory.growth';
  const loaded = steady.filter(([, phase]) => ['moderate', 'heavy', 'extreme'].includes(phase.name));
  const from = loaded[0]?.[1].startedAt ?? 0;
  const last = loaded.at(-1)?.[1];
  const to = last === undefined ? 0 : last.startedAt + last.lasted;
  const slopes = run.memory.flatMap(({ samples }) => {
    const here = samples.filter(([at]) => at >= from && at <= to);
    const slope = growth(here);
    return slope === undefined ? [] : [{ n: here.length, ...slope }];
  });
  const most = slopes.toSorted((a, b) => b.estimate - a.estimate)[0];
  if (most === undefined) return { id, because: run.stopped ?? 'the memory of the instances was not to be seen' };
  if (to - from < longEnough && most.lower < beyondWarmUp)
    return { id, because: `${((to - from) / 1000).toFixed(0)} s of steady load are too short to tell a leak from a warm-up` };
  return figure({ id, unit: 'share/min', ...most, confidence, method: 'theil-sen', evidence: [record] });
}

function growth(samples: StressRun['memory'][number]['samples']): Slope | undefined {
  const middle = samples.map(([, bytes]) => bytes).toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];
  const first = samples[0]?.[0] ?? 0;
  if (middle === undefined || middle === 0) return undefined;
  return theilSen(
    samples.map(([at, bytes]) => [(at - first) / 60_000, bytes / middle] as const),
    confidence,
  );
}

function phaseFigures(named: Named): readonly Made[] {
  const [, phase] = named;
  const id = (what: string) => `stress.${phase.name}.${what}`;
  if (!phase.generator.kept)
    return ['p99', 'errors'].map((what) => ({ id: id(what), because: phase.generator.because ?? 'the schedule was not kept' }));
  return [latency(id('p99'), 0.99, [named]), errorShare(id('errors'), [named])];
}
