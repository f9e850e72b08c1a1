// Whether one step of load held: by bounds, never by point values, and with words for why not.
import type { Duration, Share } from '../../../base/units.ts';
import type { Buckets, PhaseExhibit } from '../../../model/proving/load.ts';
import { countOf, quantileOf, valueAtRank } from '../buckets.ts';
import { confidence, shareConfidence } from '../statistics/interval.ts';
import { ranksOf } from '../statistics/ranks.ts';
import { clopperPearson } from '../statistics/share.ts';
import type { Point, Slope } from '../statistics/slope.ts';
import { theilSen } from '../statistics/slope.ts';
import type { StepJudgement } from './knee.ts';

export interface Slo {
  /** Of the 99th percentile. */
  readonly p99: Duration;
  /** Share of requests that may fail. */
  readonly errors: Share;
}

/** Completed within the step and its patience. */
const completedShare = 0.99;

/** The highest sustainable rate holds all of these: p99's upper bound, the error rate's upper bound, completion, and a queue that does not grow. */
export function judgeStep(phase: PhaseExhibit, slo: Slo): StepJudgement {
  const { generator, offered, succeeded } = phase;
  if (swamped(phase)) return { word: 'fails', because: 'all connections waited for an answer' };
  if (!generator.kept) return { word: 'not_measured', because: generator.because ?? 'the generator did not keep its schedule' };
  const bad = failuresOf(phase);
  const errors = clopperPearson(bad, phase.sent, shareConfidence);
  if (errors.upper > slo.errors)
    return bad > 0
      ? { word: 'fails', because: `${bad} of ${phase.sent} requests failed` }
      : { word: 'not_measured', because: `${phase.sent} requests are too few to show that fewer than ${slo.errors * 100} % fail` };
  if (succeeded < completedShare * offered) return { word: 'fails', because: `${succeeded} of ${offered} requests were answered well` };
  const p99 = upperP99(phase);
  if (p99 === undefined) return { word: 'not_measured', because: `${succeeded} answers are too few to bound their p99` };
  if (p99 > slo.p99) return { word: 'fails', because: `p99 is up to ${p99.toFixed(1)} ms` };
  if (grows(phase)) return { word: 'fails', because: 'what waits for an answer grows' };
  return { word: 'holds' };
}

export function failuresOf({ failed, timedOut, unanswered }: Pick<PhaseExhibit, 'failed' | 'timedOut' | 'unanswered'>): number {
  return failed + timedOut + unanswered;
}

/**
 * Arrivals found no connection because all of them waited, while the generator itself was in time: that is no lack of the generator but what an
 * overload looks like. A generator that runs out of descriptors or ports says so by their names.
 */
export function swamped({ dropped, generator }: PhaseExhibit): boolean {
  return !generator.kept && dropped > 0 && /\(all \d+ in use\)$/.test(generator.because ?? '') && inTime(generator.lag);
}

const inTime = (lag: Buckets) => quantileOf(lag, 0.99) / 1000 <= 20;

/** Milliseconds; one-sided 95 %. Undefined below 299 answers. */
function upperP99({ latency }: PhaseExhibit): Duration | undefined {
  const { upper } = ranksOf(0.99, countOf(latency), shareConfidence);
  return upper === undefined ? undefined : valueAtRank(latency, upper) / 1000;
}

/** Growth that counts, as a share of the requests that arrive: an overload by less than that is within the precision of any search. */
const growthShare = 0.02;

/** For sure, and by more than chance moves a queue that is merely long. */
export function grows(phase: PhaseExhibit): boolean {
  const slope = queueSlope(phase);
  const arriving = (phase.offered * 1000) / Math.max(1, phase.lasted);
  return slope !== undefined && slope.lower > Math.max(1, growthShare * arriving);
}

/** At most so many values of a step: neighbouring windows say nearly the same. */
const mostSlices = 20;

/** Of requests in flight, a second. */
export function queueSlope({ windows }: Pick<PhaseExhibit, 'windows'>): Slope | undefined {
  const size = Math.max(1, Math.ceil(windows.length / mostSlices));
  const slices: Point[] = [];
  for (let from = 0; from < windows.length; from += size) {
    const part = windows.slice(from, from + size);
    slices.push([(part[0]?.at ?? 0) / 1000, part.reduce((sum, one) => sum + one.inFlight, 0) / part.length]);
  }
  return theilSen(slices, confidence);
}

/** How long a step has to be at this rate to hold enough requests for its claims: p99's bound needs 299, errors as many as their share asks for. */
export function leastRequests(slo: Slo): number {
  // 0 failures of n show less than the share: (1 − share)ⁿ ≤ 5 %.
  return Math.max(299, Math.ceil(Math.log(1 - (1 + shareConfidence) / 2) / Math.log(1 - slo.errors)));
}
