// A stress trial lived through again from its record: what was found, and which of the seven phases held.
import type { PhaseExhibit } from '../../../model/proving/load.ts';
import type { StressRun, StressStep } from '../../../model/proving/stress.ts';
import type { BreakingEnd, BreakingOutcome } from './breaking.ts';
import { beginBreaking, stepBreaking } from './breaking.ts';
import type { ExperimentLookup, FaultOutcome } from './faults.ts';
import { faultsOf } from './faults.ts';
import { failuresOf, grows, judgeStep, swamped } from './judge.ts';
import type { KneeAsk, StepJudgement } from './knee.ts';
import { askKnee, beginKnee, stepKnee } from './knee.ts';
import type { PhaseName } from './plan.ts';
import { phaseNames } from './plan.ts';
import { returning } from './returning.ts';

/** By the name of the exhibit. */
export type PhaseLookup = (exhibit: string) => PhaseExhibit | undefined;

export function kneeOf(run: StressRun, phases: PhaseLookup): KneeAsk {
  const steps = run.steps.filter((one) => one.kind === 'knee');
  const state = steps.reduce((before, step) => stepKnee(before, judgementOf(step, phases(step.exhibit), run.slo)), beginKnee(run.search));
  return askKnee(state);
}

export function judgementOf(step: StressStep, phase: PhaseExhibit | undefined, slo: StressRun['slo']): StepJudgement {
  if (phase === undefined) return { word: 'not_measured', because: `the exhibit ${step.exhibit} is missing` };
  return step.stopped === undefined ? judgeStep(phase, slo) : { word: 'fails', because: step.stopped };
}

/** What was found, or that it is not known: 100 % of a search that ended without an upper end is what held. */
export function rateOfKnee(found: KneeAsk): number | undefined {
  return found.kind === 'found' ? found.knee : found.kind === 'above' ? found.atLeast : undefined;
}

export function breakingOf(run: StressRun, phases: PhaseLookup): BreakingEnd | undefined {
  const knee = rateOfKnee(kneeOf(run, phases));
  if (knee === undefined) return undefined;
  return run.steps
    .filter((one) => one.kind === 'breaking')
    .reduce(
      (state, step) => {
        const phase = phases(step.exhibit);
        return phase === undefined ? state : stepBreaking(state, outcomeOf(step, phase));
      },
      beginBreaking({ ...run.stair, knee }),
    ).end;
}

export function outcomeOf({ stopped }: Pick<StressStep, 'stopped'>, phase: PhaseExhibit): BreakingOutcome {
  return {
    measured: phase.generator.kept || swamped(phase),
    goodput: (phase.succeeded * 1000) / phase.lasts,
    growing: grows(phase) || swamped(phase),
    ...(stopped !== undefined && { stopped }),
  };
}

export interface PhaseResult {
  readonly name: PhaseName;
  readonly held: boolean;
  /** Why not, or why it is not known. */
  readonly because?: string;
  readonly measured: boolean;
}

/** Each of the seven, in their order, whether it ran or not. */
export function phaseResults(run: StressRun, phases: PhaseLookup, experiments: ExperimentLookup): readonly PhaseResult[] {
  return phaseNames.map((name) => {
    if (name === 'breaking') return breakingResult(run, phases);
    if (name === 'chaos') return chaosResult(faultsOf(run, experiments), run);
    const step = stepOf(run, name);
    const phase = step && phases(step.exhibit);
    if (step === undefined || phase === undefined) return notRun(name, run);
    if (step.stopped !== undefined) return { name, held: false, measured: true, because: step.stopped };
    return { name, ...judgePhase(name, phase, run) };
  });
}

/** What was offered once more because the generator stumbled counts by the second time, whatever that says. */
export function stepOf({ steps }: Pick<StressRun, 'steps'>, name: string): StressStep | undefined {
  return steps.findLast((one) => one.kind === 'phase' && one.phase === name);
}

type Judged = Omit<PhaseResult, 'name'>;

function judgePhase(name: PhaseName, phase: PhaseExhibit, run: StressRun): Judged {
  const { generator, offered, succeeded, sent } = phase;
  const bad = failuresOf(phase);
  // At idle there are too few requests for bounds: nothing may fail. At the extreme, most has to come through.
  if (name === 'idle' && generator.kept) return bad === 0 && succeeded > 0 ? held : failed(`${bad} of ${sent} requests failed`);
  if (name === 'extreme' && generator.kept)
    return succeeded >= 0.9 * offered ? held : failed(`${succeeded} of ${offered} requests were answered well`);
  const { word, because = '' } = judgeStep(phase, run.slo);
  return word === 'holds' ? held : { held: false, measured: word === 'fails', because };
}

function breakingResult(run: StressRun, phases: PhaseLookup): PhaseResult {
  const name = 'breaking';
  const end = breakingOf(run, phases);
  const back = returnOf(run, phases);
  if (end === undefined || back === undefined) return notRun(name, run);
  if (back.after === undefined) return { name, ...failed(`it was not back within ${back.watched / 1000} s after the overload`) };
  return end.kind === 'found' ? { name, ...held } : { name, held: false, measured: false, because: end.because };
}

function chaosResult(faults: readonly FaultOutcome[] | undefined, { stopped = 'no fault was injected' }: StressRun): PhaseResult {
  const name = 'chaos';
  if (faults === undefined || faults.length === 0) return { name, held: false, measured: false, because: stopped };
  const lasting = faults.find((one) => one.measured && !one.held);
  if (lasting) return { name, ...failed(`${lasting.fault}: ${lasting.because}`) };
  const unseen = faults.find((one) => !one.measured);
  return unseen ? { name, held: false, measured: false, because: `${unseen.fault}: ${unseen.because}` } : { name, ...held };
}

export function returnOf(run: StressRun, phases: PhaseLookup): ReturnType<typeof returning> | undefined {
  const step = run.steps.find((one) => one.kind === 'drop');
  const phase = step && phases(step.exhibit);
  if (phase === undefined || run.droppedAt === undefined) return undefined;
  return returning(phase, run.droppedAt, run.slo);
}

const held: Judged = { held: true, measured: true };
const failed = (because: string): Judged => ({ held: false, measured: true, because });
const notRun = (name: PhaseName, { stopped = 'it did not run' }: StressRun): PhaseResult => ({
  name,
  held: false,
  measured: false,
  because: stopped,
});
