// How figures are made from phases: shares, quantiles and rates, each with its interval, or the reason why there is none.
import { Random } from '../../../base/random.ts';
import type { Figure, Figures, Unmeasured } from '../../../model/proving/figure.ts';
import type { PhaseExhibit } from '../../../model/proving/load.ts';
import { bottomOf, bucketOf, countOf, mergeBuckets, quantileOf, valueAtRank } from '../buckets.ts';
import type { Block } from '../statistics/bootstrap.ts';
import { joined, meanOf, shareOfBlocks } from '../statistics/bootstrap.ts';
import type { Interval } from '../statistics/interval.ts';
import { confidence, shareConfidence, worse } from '../statistics/interval.ts';
import { ranksOf } from '../statistics/ranks.ts';
import { clopperPearson } from '../statistics/share.ts';
import { failuresOf } from '../stress/judge.ts';

/** A phase with the name of its file. */
export type Named = readonly [name: string, phase: PhaseExhibit];

/** Either one. */
export type Made = Figure | Unmeasured;

export function sorted(made: readonly Made[]): Figures {
  return {
    figures: made.filter((one): one is Figure => 'estimate' in one),
    unmeasured: made.filter((one): one is Unmeasured => !('estimate' in one)),
  };
}

/** A count or a fact. */
export function exact(id: string, unit: string, value: number, n: number, evidence: readonly string[]): Figure {
  return figure({ id, unit, n, estimate: value, lower: value, upper: value, confidence: 1, method: 'exact', evidence });
}

/** Nine digits: what a processor may compute differently in the sixteenth is no difference. */
export function figure(raw: Figure): Figure {
  return { ...raw, estimate: rounded(raw.estimate), lower: rounded(raw.lower), upper: rounded(raw.upper) };
}

/** The share of requests that failed: exact binomial, or blocks of time drawn anew where that says worse, because failures come together. */
export function errorShare(id: string, phases: readonly Named[]): Made {
  const outcome = outcomesOf(phases);
  if (outcome === undefined) return { id, because: 'no request was sent' };
  const { good, of, interval, method } = outcome;
  const [lower, upper] = [1 - interval.upper, 1 - interval.lower];
  return figure({
    ...common(id, phases),
    unit: 'share',
    n: of,
    estimate: 1 - good / of,
    lower,
    upper,
    confidence: shareConfidence,
    method,
  });
}

export function goodShare(id: string, phases: readonly Named[]): Made {
  const outcome = outcomesOf(phases);
  if (outcome === undefined) return { id, because: 'no request was sent' };
  const { good, of, interval, method } = outcome;
  return figure({ ...common(id, phases), unit: 'share', n: of, estimate: good / of, ...interval, confidence: shareConfidence, method });
}

interface Outcomes {
  readonly good: number;
  readonly of: number;
  readonly interval: Interval;
  readonly method: 'clopper-pearson' | 'block-bootstrap';
}

function outcomesOf(phases: readonly Named[]): Outcomes | undefined {
  const of = total(phases, (one) => one.sent);
  if (of === 0) return undefined;
  const good = Math.max(0, of - total(phases, failuresOf));
  const binomial = clopperPearson(good, of, shareConfidence);
  if (good === of) return { good, of, interval: binomial, method: 'clopper-pearson' };
  const seconds = phases.flatMap(([, phase]) => blocksOf(phase, 1000));
  const random = new Random(phases[0]?.[1].seed ?? 0);
  const byTime = [1, 10]
    .map((size) => joined(seconds, size))
    .filter((blocks) => blocks.length >= 10)
    .map((blocks) => shareOfBlocks(blocks, shareConfidence, random));
  const interval = byTime.reduce(worse, binomial);
  return { good, of, interval, method: interval.lower < binomial.lower ? 'block-bootstrap' : 'clopper-pearson' };
}

/** By intended start; the last block is left out where it is not whole. */
function blocksOf({ windows, windowWidth }: PhaseExhibit, width: number): readonly Block[] {
  const each = Math.max(1, Math.round(width / windowWidth));
  return joined(
    windows.map(({ succeeded, failed }) => ({ good: succeeded, of: succeeded + failed })),
    each,
  ).slice(0, Math.max(1, Math.floor(windows.length / each)));
}

/** Milliseconds between order statistics; whoever never got an answer is slower than everybody who did. */
export function latency(id: string, p: number, phases: readonly Named[]): Made {
  const merged = mergeBuckets(phases.map(([, phase]) => phase.latency));
  const answered = countOf(merged);
  const n = answered + total(phases, (one) => one.timedOut + one.unanswered);
  if (n === 0) return { id, because: 'no request was answered' };
  const ranks = ranksOf(p, n, confidence);
  if (ranks.upper === undefined || ranks.lower === undefined)
    return { id, because: `${n} requests are too few to bound the ${Number((p * 100).toFixed(2))}th percentile` };
  if (ranks.upper > answered) return { id, because: `it lies among the ${n - answered} requests of ${n} that were never answered` };
  return figure({
    ...common(id, phases),
    unit: 'ms',
    n,
    estimate: (n === answered ? quantileOf(merged, p) : valueAtRank(merged, ranks.estimate)) / 1000,
    lower: Math.max(merged.min, bottomOf(bucketOf(valueAtRank(merged, ranks.lower)))) / 1000,
    upper: valueAtRank(merged, ranks.upper) / 1000,
    confidence,
    method: 'order-statistic',
  });
}

/** Good answers a second, by whole seconds drawn anew. */
export function throughput(id: string, phases: readonly Named[]): Made {
  const seconds = phases.flatMap(([, phase]) => blocksOf(phase, 1000).map((one) => one.good));
  const lasted = total(phases, (one) => one.lasted) / 1000;
  const succeeded = total(phases, (one) => one.succeeded);
  if (seconds.length < 3 || lasted <= 0) return { id, because: `${lasted.toFixed(1)} s are too short: at least 3 are needed` };
  const random = new Random(phases[0]?.[1].seed ?? 0);
  const estimate = Math.min(succeeded / lasted, succeeded / seconds.length);
  const { lower, upper } = meanOf(seconds, confidence, random);
  return figure({
    ...common(id, phases),
    unit: '1/s',
    n: succeeded,
    estimate,
    lower: Math.min(lower, estimate),
    upper: Math.max(upper, estimate),
    confidence,
    method: 'block-bootstrap',
  });
}

export function total(phases: readonly Named[], value: (phase: PhaseExhibit) => number): number {
  return phases.reduce((sum, [, phase]) => sum + value(phase), 0);
}

const common = (id: string, phases: readonly Named[]) => ({ id, evidence: phases.map(([name]) => name) });
const rounded = (value: number) => Number(value.toPrecision(9));
