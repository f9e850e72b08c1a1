// Thresholds that people give take the place of a deployment's own; what is not given stays.
import { expect, it } from 'vitest';
import type { Verdict, VerdictWord } from '../model/measurement.ts';
import type { AnalysisSpec } from '../model/service.ts';
import { otherwise, share, slower, viewJudgements } from './judging.ts';

const own: AnalysisSpec = { errors: { worseBy: 0.01 }, latency: { p50: { worseBy: 0.1 } }, confidence: 0.99, atMost: 900_000 };

it('replaces what is given', () => {
  expect(otherwise({})(own)).toEqual(own);
  expect(otherwise({ errors: '2%', latency: 'p99=20%', confidence: '95%' })(own)).toEqual({
    errors: { worseBy: 0.02 },
    latency: { p50: { worseBy: 0.1 }, p99: { worseBy: 0.2 } },
    confidence: 0.95,
    atMost: 900_000,
  });
});

it.each(['0%', '100%', '-1%', '2', 'two'])('refuses %s', (text) => {
  expect(share.safeParse(text).success).toBe(false);
});

it('says what is expected instead', () => {
  expect(share.safeParse('5').error?.issues[0]?.message).toBe('expected a share above 0% and below 100%, such as 2%, got "5"');
  expect(share.safeParse('0%').error?.issues[0]?.message).toBe('expected a share above 0% and below 100%, such as 2%');
  expect(slower.safeParse('p99').error?.issues[0]?.message).toContain('such as p99=20%, got "p99"');
});

it.each([
  [['pass', 'pass'], 'pass'],
  [['pass', 'inconclusive'], 'inconclusive'],
  [['inconclusive', 'fail'], 'fail'],
] as const)('%j together are a %s', (words, whole) => {
  const verdict = (word: VerdictWord): Verdict => ({ verdict: word, metrics: [], message: '', at: 0, final: true });
  expect(viewJudgements(words.map((word) => ({ service: 'api', verdict: verdict(word) }))).verdict).toBe(whole);
});
