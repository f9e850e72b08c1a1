// Scores by the published rubric (version 1), and the level: which follows from gates, the weakest domain and coverage, never from the mean.
import type { CriterionResult, Domain, Level } from '../../model/proving/criterion.ts';
import { domains } from '../../model/proving/criterion.ts';
import { bestGrade, weights } from './judge.ts';

export const rubric = '1';

export interface DomainScore {
  readonly domain: Domain;
  /** 0 … 10, by the ends of intervals that speak against it. */
  readonly score: number;
  /** By the ends that speak for it. */
  readonly best: number;
  readonly met: number;
  readonly of: number;
}

export interface Scores {
  readonly domains: readonly DomainScore[];
  readonly overall: { readonly score: number; readonly best: number };
  /** Share of the weight that was measured, 0 … 1. */
  readonly coverage: number;
  readonly weakest?: Domain;
  readonly level: Level;
  /** Why the level is not higher, the most severe first. */
  readonly because: readonly string[];
}

export interface ScoreFacts {
  readonly results: readonly CriterionResult[];
  /** Domains that the criteria leave out, each for a reason. */
  readonly excluded: readonly Domain[];
  /** Why nothing of the run counts; absent: it counts. */
  readonly invalid?: string;
}

export function scoreOf({ results, excluded, invalid }: ScoreFacts): Scores {
  const scored = domains.flatMap((domain): readonly DomainScore[] => {
    const mine = results.filter(({ criterion }) => criterion.domain === domain);
    return mine.length === 0 && excluded.includes(domain) ? [] : [scoreDomain(domain, mine)];
  });
  const total = sum(results, () => 1);
  const coverage = total === 0 ? 0 : sum(results, ({ word }) => (word === 'not_measured' ? 0 : 1)) / total;
  const weakest = scored.toSorted((a, b) => a.score - b.score)[0];
  const mean = (of: (one: DomainScore) => number) =>
    scored.length === 0 ? 0 : down(scored.reduce((all, one) => all + of(one), 0) / scored.length);
  const facts = { results, scored, coverage, excluded };
  const [level, because] = invalid === undefined ? levelOf(facts) : (['invalid', [invalid]] as const);
  return {
    domains: scored,
    overall: { score: mean((one) => one.score), best: mean((one) => one.best) },
    coverage,
    ...(weakest && { weakest: weakest.domain }),
    level,
    because,
  };
}

function scoreDomain(domain: Domain, results: readonly CriterionResult[]): DomainScore {
  const all = sum(results, () => 1);
  const by = (grade: (one: CriterionResult) => number) => (all === 0 ? 0 : down((10 * sum(results, grade)) / all));
  return {
    domain,
    score: by(({ grade }) => grade),
    best: by(bestGrade),
    met: results.filter(({ word }) => word === 'met').length,
    of: results.length,
  };
}

interface Standing {
  readonly results: readonly CriterionResult[];
  readonly scored: readonly DomainScore[];
  readonly coverage: number;
  readonly excluded: readonly Domain[];
}

function levelOf(facts: Standing): readonly [Level, readonly string[]] {
  const against = gates(facts, 5, 0.8);
  if (against.length > 0) return ['not_certified', against];
  const short = [...gates(facts, 7, 0.95), ...facts.excluded.map((domain) => `the criteria leave ${domain} out`)];
  return short.length > 0 ? ['conditional', short] : ['certified', []];
}

function gates({ results, scored, coverage }: Standing, least: number, covered: number): readonly string[] {
  const barred = results.filter(({ criterion, word }) => word !== 'met' && (criterion.required || criterion.weight === 'critical'));
  return [
    ...barred.toSorted(unmeasuredFirst).map(({ criterion, word }) => `${criterion.id} is ${word.replace('_', ' ')}`),
    ...scored.filter(({ score }) => score < least).map(({ domain, score }) => `${domain} has ${score} of 10, and ${least} are needed`),
    ...(coverage < covered
      ? [`${Math.floor(coverage * 100)} % of the criteria by weight were measured, and ${covered * 100} % are needed`]
      : []),
  ];
}

/** What was not measured comes first: it is what one knows least of. */
export function unmeasuredFirst(a: Pick<CriterionResult, 'word'>, b: Pick<CriterionResult, 'word'>): number {
  const order = { not_measured: 0, not_met: 1, met: 2 };
  return order[a.word] - order[b.word];
}

function sum(results: readonly CriterionResult[], of: (one: CriterionResult) => number): number {
  return results.reduce((all, one) => all + weights[one.criterion.weight] * of(one), 0);
}

/** Two decimals, then down to one: 6.96 is no seven. */
function down(value: number): number {
  return Math.floor(Number((Math.round(value * 100) / 10).toFixed(6))) / 10;
}
