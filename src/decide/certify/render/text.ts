// What every page of a certificate says in the same words.

import type { Criterion, Domain } from '../../../model/proving/criterion.ts';
import { domains } from '../../../model/proving/criterion.ts';
import type { CertifiedResult, Readiness1, Statement } from '../../../model/readiness/certificate.ts';
import { criteriaDigest } from '../assemble.ts';
import { defaultReadiness } from '../criteria/production.ts';
import { quantity, thresholdText } from '../judge.ts';
import { unmeasuredFirst } from '../score.ts';

export const levelWords = {
  certified: 'certified',
  conditional: 'conditional',
  not_certified: 'not certified',
  invalid: 'invalid',
} as const;
export const resultWords = { met: 'met', not_met: 'not met', not_measured: 'not measured' } as const;

export interface Line {
  readonly result: CertifiedResult;
  readonly criterion: Criterion;
  readonly wanted: string;
  readonly measured: string;
}

/** What was not measured comes first. */
export function linesOf({ results, criteria }: Readiness1, domain?: Domain): readonly Line[] {
  return results
    .filter((one) => domain === undefined || one.domain === domain)
    .toSorted(unmeasuredFirst)
    .flatMap((result): readonly Line[] => {
      const criterion = criteria.criteria.find(({ id }) => id === result.id);
      return criterion ? [{ result, criterion, wanted: thresholdText(criterion.threshold), measured: measuredText(result) }] : [];
    });
}

export function measuredText({ figure, because }: CertifiedResult): string {
  if (!figure) return because ?? '–';
  const { estimate, lower, upper, unit, n, confidence } = figure;
  if (confidence === 1 && lower === upper) return `${quantity(estimate, unit)}, n = ${n}`;
  return `${quantity(estimate, unit)} [${quantity(lower, unit)}, ${quantity(upper, unit)}], ${confidence * 100} %, n = ${n}`;
}

export function domainsOf({ scores }: Readiness1): readonly Readiness1['scores']['domains'][number][] {
  return domains.flatMap((domain) => scores.domains.find((one) => one.domain === domain) ?? []);
}

/** Their name is free: whether they are those of this engine is told by what they say. */
export function criteriaText({ name, criteria, excluded }: Readiness1['criteria']): string {
  return `“${name}”, ${isOurs({ criteria, excluded }) ? 'those of this engine' : 'which are not those of this engine'}`;
}

/** Level, score and coverage in one line; by whose criteria, where they are not the usual ones. */
export function levelText({ predicate: { level, scores, application, environment, criteria } }: Statement): string {
  const { score, best } = scores.overall;
  const measured = `${score} of 10 (at best ${best}), ${Math.floor(scores.coverage * 100)} % measured`;
  const whose = isOurs(criteria) ? '' : ', by criteria that are not those of this engine';
  return `${application} in ${environment}: ${levelWords[level]}, ${measured}${whose}`;
}

function isOurs(criteria: Parameters<typeof criteriaDigest>[0]): boolean {
  return criteriaDigest(criteria) === criteriaDigest(defaultReadiness);
}
