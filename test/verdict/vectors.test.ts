// Published cases in which canary judges erred or agreed, by id (A-6 to A-11 stand beside the code).
import { describe, expect, it } from 'vitest';
import { beginAnalysis, look, lookAtSamples } from '../../src/decide/analyse/look.ts';
import type { ReleaseCounts, Verdict } from '../../src/model/measurement.ts';
import type { AnalysisSpec } from '../../src/model/service.ts';
import { bucketBound, chance } from '../../src/proving/bench/canary/streams.ts';

const bare: AnalysisSpec = { confidence: 0.99, atMost: 900_000 };

function judged(canary: readonly number[], baseline: readonly number[], confidence = 0.99): Verdict {
  const spec = { ...bare, confidence };
  const state = beginAnalysis(spec, 0, [{ metric: 'value', worse: 'higher', worseBy: 0 }]);
  return lookAtSamples(state, spec, [{ metric: 'value', canary, baseline }], 1000).verdict;
}

const times = (value: number, count: number): readonly number[] => Array<number>(count).fill(value);

describe('an analysis vector', () => {
  it('A-1 seven of ten values a hundredfold: fail, though the smallest are the same', () => {
    expect(judged([...times(100, 7), ...times(1, 3)], times(1, 10)).verdict).toBe('fail');
  });

  it('A-3 a few ones among zeros: neither', () => {
    expect(judged([0, 1, 2, 1, 0, 0], times(0, 6)).verdict).toBe('inconclusive');
    expect(judged([0, 1, 2, 1, 0, 0], times(0, 6), 0.95).verdict).toBe('inconclusive');
  });

  it('A-13 ten against nothing, five times: fail', () => {
    expect(judged(times(10, 5), times(0, 5)).verdict).toBe('fail');
  });

  // One look of 60 against 60 cannot carry 99 %: even an exact test of 6 outliers against none has p = 0.014. It must not pass, and may go on.
  it.each([60, 120])('A-5 every tenth request ten times as slow, %i requests a look: fails on p99, never passes', (each) => {
    const roll = chance(each);
    const usual = () => 50 + 3 * Math.sqrt(-2 * Math.log(1 - roll())) * Math.cos(2 * Math.PI * roll());
    const counts = (outliers: boolean): ReleaseCounts => ({
      requests: each,
      failures: 0,
      latency: Array.from({ length: each }, (_, index) => ({
        atMost: bucketBound(usual() * (outliers && index % 10 === 9 ? 10 : 1)),
        count: 1,
      })),
    });
    const spec: AnalysisSpec = { ...bare, latency: { p99: { worseBy: 0.2 } } };
    let state = beginAnalysis(spec, 0);
    const words: string[] = [];
    while (words.at(-1) !== 'fail' && words.length < 8) {
      const looked = look(state, spec, counts(false), counts(true), (words.length + 1) * 1000);
      state = looked.state;
      words.push(looked.verdict.verdict);
    }
    expect(words.at(-1)).toBe('fail');
    expect(words.slice(0, -1).every((word) => word === 'inconclusive')).toBe(true);
  });

  it('A-15 values of the same distribution, looked at ten times: fails no more often than stated', () => {
    const roll = chance(15);
    let failed = 0;
    for (let run = 0; run < 300; run += 1) {
      let state = beginAnalysis(bare, 0, [{ metric: 'value', worse: 'higher', worseBy: 0 }]);
      let verdict: string = 'inconclusive';
      for (let time = 1; time <= 10; time += 1) {
        const values = () => Array.from({ length: 4 }, () => roll() ** 3);
        const looked = lookAtSamples(state, bare, [{ metric: 'value', canary: values(), baseline: values() }], time * 1000);
        state = looked.state;
        verdict = looked.verdict.verdict;
      }
      if (verdict === 'fail') failed += 1;
    }
    expect(failed).toBeLessThanOrEqual(3);
  }, 60_000);
});
