// What must agree with itself whoever measured it: counts with histograms, errors with availability, time with time. What does not was not measured.

import type { Figure } from '../../model/proving/figure.ts';
import type { PhaseExhibit } from '../../model/proving/load.ts';
import type { CertifiedTrial } from '../../model/readiness/certificate.ts';
import type { Exhibits } from '../prove/figures/exhibits.ts';
import { phaseOf } from '../prove/figures/exhibits.ts';

/** The first rule that does not hold, in one sentence; undefined: all hold. */
export function inconsistency(trial: CertifiedTrial, exhibits: Exhibits): string | undefined {
  for (const [name, content] of Object.entries(exhibits)) {
    const problem = phaseProblem(content) ?? phaseProblem(loadIn(content));
    if (problem !== undefined) return `${trial.id}/${name}: ${problem}`;
  }
  return trial.figures.map((one) => figureProblem(one, trial)).find((one) => one !== undefined) ?? sharesProblem(trial);
}

/** Of an experiment: the load beside it. */
function loadIn(content: unknown): unknown {
  return typeof content === 'object' && content !== null && 'load' in content ? content.load : undefined;
}

/** What a phase says twice. What only calls itself one is of use to no figure. */
function phaseProblem(content: unknown): string | undefined {
  if (typeof content !== 'object' || content === null || !('format' in content) || content.format !== 'load-phase/1') return undefined;
  const phase = phaseOf(content);
  if (phase === undefined) return 'it calls itself load-phase/1, and has another shape';
  const answers = phase.latency.counts.reduce((sum, [, count]) => sum + count, 0);
  const windowed = (of: 'succeeded') => phase.windows.reduce((sum, one) => sum + one[of], 0);
  const rules: readonly (readonly [string, number, number])[] = [
    ['offered = sent + dropped', phase.offered, phase.sent + phase.dropped],
    ['sent = succeeded + failed + timed out + unanswered', phase.sent, phase.succeeded + phase.failed + phase.timedOut + phase.unanswered],
    ['the histogram holds what succeeded', answers, phase.succeeded],
    ['the windows hold what succeeded', windowed('succeeded'), phase.succeeded],
  ];
  const broken = rules.find(([, one, other]) => one !== other);
  if (broken) return `${broken[0]}: ${broken[1]} is not ${broken[2]}`;
  return sumProblem(phase, answers) ?? littleProblem(phase);
}

function sumProblem({ latency: { sum, min, max } }: PhaseExhibit, answers: number): string | undefined {
  if (sum >= min * answers * 0.999 && sum <= max * answers * 1.001) return undefined;
  return `the sum of latencies, ${sum} µs, is not between ${answers} times the least and the most of them`;
}

/** Little's law: users cannot have waited longer, all together, than they were there. */
function littleProblem({ arrivals, latency, lasted }: PhaseExhibit): string | undefined {
  if (arrivals.kind !== 'users') return undefined;
  const [waited, there] = [latency.sum / 1_000, arrivals.users * (lasted + 60_000)];
  return waited <= there ? undefined : `Little’s law: ${arrivals.users} users waited ${waited} ms in ${lasted} ms`;
}

function figureProblem({ id, unit, upper, estimate, lower }: Figure, { startedAt, endedAt }: CertifiedTrial): string | undefined {
  if (lower > estimate || estimate > upper) return `${id}: its interval [${lower}, ${upper}] does not hold its value ${estimate}`;
  if (unit === 'share' && (lower < 0 || upper > 1)) return `${id}: a share of [${lower}, ${upper}]`;
  const ran = (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  if (id.endsWith('.recovery') && unit === 's' && estimate > ran) return `${id}: it took ${estimate} s in a trial of ${ran} s`;
  return undefined;
}

/** Errors and availability of one sample are two words for one thing. */
function sharesProblem({ id, figures }: CertifiedTrial): string | undefined {
  const of = (name: string) => figures.find((one) => one.id === name);
  const [errors, good] = [of('performance.errors'), of('performance.availability')];
  if (!errors || !good || errors.n !== good.n) return undefined;
  const sum = errors.estimate + good.estimate;
  return Math.abs(sum - 1) < 1e-6 ? undefined : `${id}: errors and availability of one sample add up to ${sum}`;
}
