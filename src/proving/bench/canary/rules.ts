// Three ways to judge a canary, fed with the same seconds: ours, the rank test of Kayenta, and fixed thresholds.

import { beginAnalysis, look } from '../../../decide/analyse/look.ts';
import { shiftOf } from '../../../decide/analyse/ranks.ts';
import type { ReleaseCounts, VerdictWord } from '../../../model/measurement.ts';
import type { AnalysisSpec } from '../../../model/service.ts';
import type { Second } from './streams.ts';

export interface Rule {
  readonly name: string;
  /** A judge with an empty memory. */
  begin(): Judge;
}

export interface Judge {
  /** Told of every second, in order (1, 2, …). */
  hear(second: Second, at: number): VerdictWord;
}

/** A look at each second. */
export function sequential(spec: AnalysisSpec): Rule {
  return {
    name: 'codectl',
    begin: () => {
      let state = beginAnalysis(spec, 0);
      return {
        hear: ({ baseline, canary }, at) => {
          const looked = look(state, spec, baseline, canary, at * 1000);
          state = looked.state;
          return looked.verdict.verdict;
        },
      };
    },
  };
}

/**
 * Kayenta's judge NetflixACAJudge-v1.0 as its sources and documentation tell it: a metric is High when the 98 % interval of the Mann–Whitney shift
 * lies wholly beyond a part of its estimate (the tolerance, a quarter by default). Points are averages of 10 s, judged whenever there is a new
 * one, from the fifth on.
 */
export function kayenta(tolerance: number): Rule {
  return {
    name: `Mann–Whitney (Kayenta, tolerance ${tolerance})`,
    begin: () => {
      const series = { baseline: new Points(), canary: new Points() };
      return {
        hear: (second, at) => {
          const points = series.baseline.add(second.baseline, at);
          if (!series.canary.add(second.canary, at) || !points || at < 50) return 'inconclusive';
          const isHigh = (pick: 'errors' | 'p99') => {
            const shift = shiftOf(series.canary[pick], series.baseline[pick], 0.98);
            return shift.low > tolerance * Math.abs(shift.estimate);
          };
          return isHigh('errors') || isHigh('p99') ? 'fail' : 'inconclusive';
        },
      };
    },
  };
}

/** Fails when the last minute of the canary alone was beyond a limit, whatever the old release did; looks every 10 s. */
export function threshold(limits: { readonly errors: number; readonly p99: number }): Rule {
  return {
    name: `fixed limits (${limits.errors * 100} % errors, p99 ${limits.p99} ms)`,
    begin: () => {
      const minute: ReleaseCounts[] = [];
      return {
        hear: ({ canary }, at) => {
          minute.push(canary);
          if (minute.length > 60) minute.shift();
          if (minute.length < 60 || at % 10 !== 0) return 'inconclusive';
          const { errors, p99 } = summaryOf(minute);
          return errors > limits.errors || p99 > limits.p99 ? 'fail' : 'inconclusive';
        },
      };
    },
  };
}

/** Averages of 10 s each. */
class Points {
  readonly errors: number[] = [];
  readonly p99: number[] = [];
  #open: ReleaseCounts[] = [];

  /** True when a point was completed. */
  add(counts: ReleaseCounts, at: number): boolean {
    this.#open.push(counts);
    if (at % 10 !== 0) return false;
    const { errors, p99 } = summaryOf(this.#open);
    this.errors.push(errors);
    this.p99.push(p99);
    this.#open = [];
    return true;
  }
}

function summaryOf(seconds: readonly ReleaseCounts[]): { readonly errors: number; readonly p99: number } {
  const buckets = new Map<number, number>();
  let [requests, failures] = [0, 0];
  for (const one of seconds) {
    requests += one.requests;
    failures += one.failures;
    for (const { atMost, count } of one.latency) buckets.set(atMost, (buckets.get(atMost) ?? 0) + count);
  }
  let left = 0.01 * requests;
  for (const [bound, count] of [...buckets].toSorted(([a], [b]) => b - a)) {
    left -= count;
    if (left < 0) return { errors: failures / requests, p99: bound };
  }
  return { errors: requests === 0 ? 0 : failures / requests, p99: 0 };
}
