// What every page of a certificate says in the same words.

import type { Criterion, Domain } from '../../../model/proving/criterion.ts';
import { domains } from '../../../model/proving/criterion.ts';
import type { CertifiedResult, Readiness1 } from '../../../model/readiness/certificate.ts';
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

/** For HTML and SVG. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}
