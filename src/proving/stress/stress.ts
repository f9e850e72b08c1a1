// A stress trial: finds the knee, offers shares of it, breaks the application, and sees whether it comes back by itself.
import { asCodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import { beginBreaking, rateOf, stepBreaking } from '../../decide/prove/stress/breaking.ts';
import type { PhaseResult } from '../../decide/prove/stress/course.ts';
import { judgementOf, kneeOf, outcomeOf, phaseResults, rateOfKnee } from '../../decide/prove/stress/course.ts';
import { swamped } from '../../decide/prove/stress/judge.ts';
import type { KneeAsk } from '../../decide/prove/stress/knee.ts';
import { askKnee, beginKnee, stepKnee } from '../../decide/prove/stress/knee.ts';
import type { StressPlan, StressProfile } from '../../decide/prove/stress/plan.ts';
import { dropArrivals, searchOf, stepLasts, stressPlan } from '../../decide/prove/stress/plan.ts';
import type { StressRun } from '../../model/proving/stress.ts';
import type { TrialVerdict } from '../../model/proving/trial.ts';
import type { ChaosReport, ChaosRunner } from './chaos.ts';
import type { Steps, Taken } from './steps.ts';

export interface StressWish {
  readonly profile: StressProfile;
  readonly slo: { readonly p99: Duration; readonly errors: number };
  /** Share of good answers that the moderate phase is to show. */
  readonly availability: number;
  /** Never more requests a second than this. */
  readonly most: number;
  readonly seed: number;
}

export interface StressOutcome {
  readonly run: StressRun;
  readonly found: KneeAsk;
  readonly results: readonly PhaseResult[];
  readonly verdict: TrialVerdict;
}

/** What is written down as it goes on: whatever interrupts it, the record holds what there is. */
type Draft = { -readonly [Key in keyof StressRun]: StressRun[Key] };

export interface StressMeans {
  readonly steps: Steps;
  readonly directory: string;
  /** Absent: the phase of faults is not measured. */
  readonly chaos: ChaosRunner | undefined;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Resolves also when it was interrupted or stopped: the record says so. */
export async function stress(wish: StressWish, means: StressMeans): Promise<StressOutcome> {
  const draft = await calibrate(wish, means);
  await course(draft, wish, means).catch((thrown: unknown) => {
    if (!(thrown instanceof Stopped)) throw thrown;
    draft.stopped = thrown.message;
    means.progress(`Stopped: ${thrown.message}`);
  });
  draft.steps = means.steps.taken;
  draft.memory = means.steps.memory();
  const results = phaseResults(draft, means.steps.phase, means.steps.experiment);
  return { run: draft, found: kneeOf(draft, means.steps.phase), results, verdict: verdictOf(results, means.signal) };
}

class Stopped extends Error {}

async function course(draft: Draft, wish: StressWish, means: StressMeans): Promise<void> {
  const found = await searchKnee(draft, wish, means);
  const knee = rateOfKnee(found);
  if (knee === undefined) throw new Stopped(found.kind === 'none' ? found.because : 'the knee was not found');
  const plan = stressPlan(wish.profile, knee, wish);
  draft.stair = plan.stair;
  await steadyPhases(plan, means);
  await breakIt(draft, plan, knee, means);
  await injectFaults(draft, plan, means);
}

/** How fast a few users get their answers: a first guess, and what wakes up caches and compilers. */
async function calibrate(wish: StressWish, { steps, progress }: StressMeans): Promise<Draft> {
  const { profile, seed, slo, availability, most } = wish;
  const users = 8;
  const warm = await steps.take({ kind: 'warm' }, { arrivals: { kind: 'users', users, think: 0 }, lasts: stepLasts(profile, 1e6, slo) });
  const guess = (warm.phase.succeeded * 1000) / Math.max(1, warm.phase.lasted);
  progress(`${users} users in a closed loop got ${guess.toFixed(0)} answers a second`);
  return {
    format: 'stress-run/1',
    profile,
    seed,
    slo,
    availability,
    search: searchOf(profile, guess / 2, most),
    stair: stressPlan(profile, 1, { slo, availability }).stair,
    steps: [],
    memory: [],
  };
}

async function searchKnee(draft: Draft, { profile, slo }: StressWish, means: StressMeans): Promise<KneeAsk> {
  let state = beginKnee(draft.search);
  for (;;) {
    const ask = askKnee(state);
    if (ask.kind !== 'try' && ask.kind !== 'confirm') return ask;
    const { rate } = ask;
    const lasts = stepLasts(profile, rate, slo) * (ask.kind === 'confirm' ? 2 : 1);
    const taken = await means.steps.take({ kind: 'knee' }, { arrivals: { kind: 'poisson', rate }, lasts });
    goOn(means);
    const judgement = judgementOf(taken.step, taken.phase, slo);
    means.progress(`${rate}/s ${judgement.word === 'holds' ? 'holds' : `${judgement.word}: ${judgement.because}`}`);
    state = stepKnee(state, judgement);
  }
}

/** Each by a ramp from the one before, and a ramp down behind the last. */
async function steadyPhases({ steady, ramp }: StressPlan, means: StressMeans): Promise<void> {
  let before = 1;
  for (const { name, rate, lasts } of steady) {
    await means.steps.take({ kind: 'ramp' }, { arrivals: { kind: 'ramp', from: before, to: rate }, lasts: ramp });
    means.progress(`${name}: ${rate}/s for ${lasts / 1000} s`);
    const { step } = await offer({ kind: 'phase', phase: name }, { arrivals: { kind: 'poisson', rate }, lasts }, means);
    if (step.stopped !== undefined) throw new Stopped(`${name}: ${step.stopped}`);
    before = rate;
  }
  await means.steps.take({ kind: 'ramp' }, { arrivals: { kind: 'ramp', from: before, to: 1 }, lasts: ramp });
  goOn(means);
}

/** Once more where the generator stumbled: the second time counts. */
async function offer(kind: Parameters<Steps['take']>[0], wish: Parameters<Steps['take']>[1], means: StressMeans): Promise<Taken> {
  const taken = await means.steps.take(kind, wish);
  goOn(means);
  const { step, phase } = taken;
  if (phase.generator.kept || swamped(phase) || step.stopped !== undefined) return taken;
  means.progress(`${kind.phase} once more: ${phase.generator.because}`);
  const again = await means.steps.take(kind, wish);
  goOn(means);
  return again;
}

async function breakIt(draft: Draft, plan: StressPlan, knee: number, means: StressMeans): Promise<void> {
  let stair = beginBreaking({ ...plan.stair, knee });
  let peak = knee;
  while (stair.end === undefined) {
    const rate = rateOf(stair);
    const { step, phase } = await means.steps.take({ kind: 'breaking' }, { arrivals: { kind: 'poisson', rate }, lasts: plan.step });
    goOn(means);
    // What it was asked beyond its strength is what it has to come back from.
    peak = rate;
    stair = stepBreaking(stair, outcomeOf(step, phase));
  }
  means.progress(
    stair.end.kind === 'found' ? `broke at ${stair.end.broke}/s: ${stair.end.because}` : `did not break: ${stair.end.because}`,
  );
  const { before, overload, after } = plan.drop;
  draft.droppedAt = before + overload;
  const arrivals = dropArrivals(knee, peak, plan.drop);
  await means.steps.take({ kind: 'drop' }, { arrivals, lasts: before + overload + after });
  goOn(means);
}

async function injectFaults(draft: Draft, { chaos: { rate, scale } }: StressPlan, means: StressMeans): Promise<void> {
  let experiments: ChaosReport['experiments'] = [];
  try {
    experiments = (await means.chaos?.run({ rate, scale }))?.experiments ?? [];
  } catch (thrown) {
    // What was measured before is not lost because nothing can be broken here.
    throw new Stopped(`no fault could be injected: ${asCodeError(thrown).message}`);
  }
  means.steps.add(experiments);
  if (experiments.length > 0) draft.experiments = experiments.map((one) => one.file.name);
}

function goOn({ signal, steps }: StressMeans): void {
  if (signal.aborted) throw new Stopped('it was interrupted');
  if (steps.exhausted !== undefined) throw new Stopped(steps.exhausted);
}

function verdictOf(results: readonly PhaseResult[], signal: AbortSignal): TrialVerdict {
  if (signal.aborted) return 'interrupted';
  if (results.some((one) => one.measured && !one.held)) return 'failed';
  return results.every((one) => one.held) ? 'passed' : 'inconclusive';
}
