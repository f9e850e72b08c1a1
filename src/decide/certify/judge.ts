// Criteria against figures: each is met, not met or not measured by the bound of its interval that speaks against it; nothing leaves the denominator.
import type { Criterion, CriterionResult, Threshold, Weight } from '../../model/proving/criterion.ts';
import type { Figure, Unmeasured } from '../../model/proving/figure.ts';

export const weights: Readonly<Record<Weight, number>> = { critical: 10, high: 7.5, medium: 5, low: 2.5 };

export interface Measured {
  readonly figures: readonly Figure[];
  readonly unmeasured: readonly Unmeasured[];
}

/** One result for each criterion, in their order. Of several figures of one name the worst counts. */
export function judgeAll(criteria: readonly Criterion[], measured: Measured): readonly CriterionResult[] {
  return criteria.map((criterion) => judge(criterion, measured));
}

function judge(criterion: Criterion, { figures, unmeasured }: Measured): CriterionResult {
  const because = (why: string): CriterionResult => ({ criterion, word: 'not_measured', because: why, grade: 0 });
  const found = figures.filter(({ id }) => id === criterion.figure).map((one) => judgeBy(criterion, one));
  // Of what was measured twice nobody chooses the better.
  const worst = found.toSorted((a, b) => rank[a.word] - rank[b.word] || a.grade - b.grade)[0];
  if (worst) return worst;
  const reasons = unmeasured.filter(({ id }) => id === criterion.figure || isAbout(id, criterion.figure));
  // Two trials may each say why they did not.
  return because([...new Set(reasons.map((one) => one.because))].join('; ').slice(0, 500) || 'nothing of this run measured it');
}

/** `chaos.*`: nothing of it was measured, for one reason. */
function isAbout(id: string, figure: string): boolean {
  return id.endsWith('.*') && figure.startsWith(id.slice(0, -1));
}

const rank = { not_met: 0, not_measured: 1, met: 2 } as const;

function judgeBy(criterion: Criterion, figure: Figure): CriterionResult {
  const { threshold, minimumSample } = criterion;
  const odd = problemOf(figure);
  if (odd !== undefined) return { criterion, word: 'not_measured', because: odd, grade: 0 };
  if (figure.unit !== threshold.unit)
    return { criterion, word: 'not_measured', because: `it was measured in ${figure.unit}, not in ${threshold.unit}`, grade: 0 };
  const isMet = meets(threshold, figure);
  if (figure.n < minimumSample && isMet) {
    const why = `a sample of ${figure.n} is too small: ${minimumSample} are needed`;
    return { criterion, word: 'not_measured', figure, because: why, grade: 0 };
  }
  const grade = gradeOf(criterion, boundAgainst(threshold, figure), isMet);
  if (isMet) return { criterion, word: 'met', figure, grade };
  return { criterion, word: 'not_met', figure, because: whyNot(threshold, figure), grade };
}

/** A figure that contradicts itself measures nothing. */
function problemOf({ estimate, lower, upper, n, confidence }: Figure): string | undefined {
  if (![estimate, lower, upper, n, confidence].every(Number.isFinite)) return 'its figure is no number';
  if (lower > upper || estimate < lower || estimate > upper) return 'its interval does not hold its value';
  if (confidence < 0.9) return `its interval is of ${confidence} confidence only`;
  return n > 0 ? undefined : 'its sample is empty';
}

function meets({ op, value }: Threshold, { lower, upper }: Figure): boolean {
  switch (op) {
    case 'at_most':
      return upper <= value;
    case 'below':
      return upper < value;
    case 'at_least':
      return lower >= value;
    case 'above':
      return lower > value;
    case 'equals':
      return lower === value && upper === value;
  }
}

/** The end of the interval that speaks against the claim. */
function boundAgainst({ op, value }: Threshold, { lower, upper }: Figure): number {
  if (op === 'equals') return Math.abs(upper - value) >= Math.abs(lower - value) ? upper : lower;
  return op === 'at_most' || op === 'below' ? upper : lower;
}

/** The same criterion by the end of the interval that speaks for it: how good it may be at best. */
export function bestGrade({ criterion, figure, word, grade }: CriterionResult): number {
  if (word === 'met') return grade;
  if (!figure || word === 'not_measured') return 0;
  const { op } = criterion.threshold;
  const best = op === 'at_most' || op === 'below' ? figure.lower : figure.upper;
  return gradeOf(criterion, best, meets(criterion.threshold, { ...figure, lower: best, upper: best }));
}

/** By the logarithm between the value that earns nothing and the threshold; what is not met never earns all. */
function gradeOf({ threshold: { op, value }, worst }: Criterion, bound: number, isMet: boolean): number {
  if (isMet) return 1;
  if (worst === undefined || op === 'equals' || worst <= 0 || value <= 0 || worst === value) return 0;
  if (bound <= 0) return 0;
  const share = (Math.log(worst) - Math.log(bound)) / (Math.log(worst) - Math.log(value));
  return Math.min(0.99, Math.max(0, share));
}

const words: Readonly<Record<Threshold['op'], string>> = {
  at_most: 'at most',
  below: 'below',
  at_least: 'at least',
  above: 'above',
  equals: 'exactly',
};

export function thresholdText({ op, value, unit }: Threshold): string {
  return `${words[op]} ${quantity(value, unit)}`;
}

function whyNot(threshold: Threshold, figure: Figure): string {
  const { unit, estimate, n } = figure;
  const bound = boundAgainst(threshold, figure);
  const measured = `${quantity(estimate, unit)} (n = ${n})`;
  const known = bound === estimate ? measured : `${measured}, which may be ${quantity(bound, unit)}`;
  return `${thresholdText(threshold)} is wanted, measured was ${known}`;
}

/** `99.95 %`, `12.3 ms`, `yes` */
export function quantity(value: number, unit: string): string {
  if (unit === 'yes') return value === 1 ? 'yes' : 'no';
  if (unit === 'share') return `${number(value * 100)} %`;
  return unit === 'count' ? number(value) : `${number(value)} ${unit}`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(6)));
}
