// Criteria, scores and levels: bounds decide, not values; what is missing counts as nothing; nobody is certified by a mean.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Criterion, CriterionResult, Threshold } from '../../model/proving/criterion.ts';
import { domains } from '../../model/proving/criterion.ts';
import type { Figure } from '../../model/proving/figure.ts';
import { parseReadiness, readinessYaml } from '../../model/readiness/readiness.ts';
import { defaultReadiness } from './criteria/production.ts';
import { bestGrade, judgeAll } from './judge.ts';
import { scoreOf } from './score.ts';

function figure(lower: number, upper: number, more: Partial<Figure> = {}): Figure {
  const estimate = (lower + upper) / 2;
  return { id: 'a.b', unit: 'ms', n: 1_000, lower, upper, estimate, confidence: 0.95, method: 'bootstrap', evidence: [], ...more };
}

function criterion(op: Threshold['op'], value: number, more: Partial<Criterion> = {}): Criterion {
  const threshold = { op, value, unit: 'ms' };
  const rest = { statement: 'It is so.', weight: 'high', required: true, minimumSample: 100, domain: 'performance' } as const;
  return { id: 'a', figure: 'a.b', threshold, ...rest, ...more };
}

function judged(of: Criterion, ...figures: readonly Figure[]): CriterionResult {
  const [only] = judgeAll([of], { figures, unmeasured: [] });
  if (!only) throw new Error('there is no result');
  return only;
}

describe('a criterion', () => {
  it.each([
    ['below', 100, figure(10, 99), 'met'],
    ['below', 100, figure(10, 100), 'not_met'],
    ['at_most', 100, figure(10, 100), 'met'],
    ['at_least', 100, figure(99, 200), 'not_met'],
    ['at_least', 100, figure(100, 200), 'met'],
    ['above', 100, figure(100, 200), 'not_met'],
    ['equals', 0, figure(0, 0), 'met'],
    ['equals', 0, figure(0, 1), 'not_met'],
  ] as const)('that wants %s %d is judged by the end of the interval that speaks against it', (op, value, seen, word) => {
    expect(judged(criterion(op, value), seen).word).toBe(word);
  });

  it.each([
    ['nothing measured it', []],
    ['its sample is too small', [figure(1, 2, { n: 99 })]],
    ['its unit is another', [figure(1, 2, { unit: 's' })]],
    ['its interval does not hold its value', [figure(1, 2, { estimate: 3 })]],
    ['it is no number', [figure(1, Number.NaN)]],
    ['it is hardly sure', [figure(1, 2, { confidence: 0.5 })]],
    ['nothing is behind it', [figure(1, 2, { n: 0 })]],
  ])('is not measured where %s', (_, figures) => {
    expect(judged(criterion('below', 100), ...figures)).toMatchObject({ word: 'not_measured', grade: 0 });
  });

  it('is not met by a small sample that already speaks against it', () => {
    expect(judged(criterion('below', 100), figure(200, 300, { n: 5 })).word).toBe('not_met');
  });

  it('is judged by the worst of several figures, and says why there is none', () => {
    expect(judged(criterion('below', 100), figure(1, 2), figure(1, 200)).word).toBe('not_met');
    const [result] = judgeAll([criterion('below', 100)], { figures: [], unmeasured: [{ id: 'a.b', because: 'it rained' }] });
    expect(result).toMatchObject({ word: 'not_measured', because: 'it rained' });
  });

  it('earns by the logarithm of its bound, never all of it unless it is met', () => {
    const wanted = criterion('below', 100, { worst: 10_000 });
    expect(judged(wanted, figure(10, 1_000)).grade).toBeCloseTo(0.5, 10);
    expect(judged(wanted, figure(10, 100)).grade).toBe(0.99);
    expect(judged(wanted, figure(10, 20_000)).grade).toBe(0);
    expect(judged(criterion('above', 1_000, { worst: 10 }), figure(100, 5_000)).grade).toBeCloseTo(0.5, 10);
    expect(bestGrade(judged(wanted, figure(10, 1_000)))).toBe(1);
  });

  it('never earns more by a bound that is worse', () => {
    const wanted = criterion('below', 100, { worst: 10_000 });
    const bound = fc.double({ min: 0.001, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(bound, bound, (a, b) => {
        const [better, worse] = [Math.min(a, b), Math.max(a, b)];
        expect(judged(wanted, figure(0, worse)).grade).toBeLessThanOrEqual(judged(wanted, figure(0, better)).grade);
      }),
    );
  });
});

describe('a level', () => {
  const of = (change: (one: Criterion, at: number) => Partial<CriterionResult>, excluded: Parameters<typeof scoreOf>[0]['excluded'] = []) =>
    scoreOf({
      results: defaultReadiness.criteria
        .filter(({ domain }) => !excluded.includes(domain))
        .map((one, at) => ({ criterion: one, word: 'met', grade: 1, ...change(one, at) })),
      excluded,
    });
  const all = () => ({});

  it('is certified where everything is met, and nothing else', () => {
    expect(of(all)).toMatchObject({ level: 'certified', overall: { score: 10, best: 10 }, coverage: 1, because: [] });
  });

  it.each(defaultReadiness.criteria.map((one) => [one.id, one] as const))('suffers where %s was not measured', (_, wanted) => {
    const scores = of((one) => (one === wanted ? { word: 'not_measured', grade: 0 } : {}));
    expect(scores.overall.score).toBeLessThan(10);
    expect(scores.coverage).toBeLessThan(1);
    if (wanted.required || wanted.weight === 'critical') {
      expect(scores.level).toBe('not_certified');
      expect(scores.because[0]).toContain(wanted.id);
    }
  });

  it('follows from the weakest domain, not from the mean', () => {
    const scores = of(({ domain }) => (domain === 'experts' ? { word: 'not_measured', grade: 0 } : {}));
    expect(scores).toMatchObject({ level: 'not_certified', weakest: 'experts', overall: { score: 9 } });
  });

  it('is conditional at best where criteria leave a domain out', () => {
    expect(of(all, ['experts'])).toMatchObject({ level: 'conditional', because: ['the criteria leave experts out'] });
  });

  it('is invalid where the machine was, however good everything looks', () => {
    const results = defaultReadiness.criteria.map((one) => ({ criterion: one, word: 'met', grade: 1 }) as const);
    expect(scoreOf({ results, excluded: [], invalid: 'the machine was busy' })).toMatchObject({
      level: 'invalid',
      because: ['the machine was busy'],
    });
  });

  it('scores a domain without criteria as nothing, rather than leave it out', () => {
    expect(scoreOf({ results: [], excluded: [] })).toMatchObject({ overall: { score: 0 }, coverage: 0, level: 'not_certified' });
  });
});

describe('readiness.yaml', () => {
  it('says the default as it is read back, about all ten domains', () => {
    expect(parseReadiness(readinessYaml(defaultReadiness), 'readiness.yaml')).toEqual(defaultReadiness);
    expect([...new Set(defaultReadiness.criteria.map(({ domain }) => domain))]).toEqual([...domains]);
  });

  const valid = readinessYaml(defaultReadiness);
  it.each([
    ['a key that nobody knows', valid.replace('weight: critical', 'wieght: critical'), 'did you mean "weight"'],
    ['a domain that nobody knows', valid.replace('domain: chaos', 'domain: kaos'), 'criteria['],
    ['one name twice', valid.replace('id: performance.errors', 'id: performance.users'), 'there is another criterion performance.users'],
    ['a worst value that is better', valid.replace('worst: 1000', 'worst: 10'), 'is not worse than the threshold'],
    ['a domain that is forgotten', valid.replace('domain: experts', 'domain: chaos'), 'no criterion is about experts'],
    ['a reason that is none', `excluded: [{ domain: experts, because: no }]\n${valid}`, 'expected a reason'],
    ['a threshold that is no number', valid.replace('value: 100,', 'value: fast,'), 'threshold.value'],
  ])('refuses %s, and says where', (_, text, words) => {
    expect(() => parseReadiness(text, 'readiness.yaml')).toThrow(words);
    expect(() => parseReadiness(text, 'readiness.yaml')).toThrow(/readiness\.yaml:\d+:\d+/);
  });
});
